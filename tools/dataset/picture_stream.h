// Pictures read and decoded by threads of their own, while the network goes on.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/grid/job_order.h"
#include "engine/image/fit_image.h"
#include "kernels/core/bounded_queue.h"
#include "tools/dataset/dataset_files.h"
#include "tools/dataset/drawn_pictures.h"
#include "tools/dataset/picture_record.h"

namespace limpid {

/// A picture, or why there is none.
struct StreamedPicture {
  PictureRecord record;
  Image image = {};  ///< Fitted; empty where `wanted` said no, and of one that failed.
  std::string failure =
      {};  ///< One line that names the file. An archive that is damaged comes as a picture that failed.
};

struct StreamOptions {
  Shard shard;  ///< Every count-th picture, in the order of the files.
  int size = 224;
  Fit fit = Fit::crop;
  int threads = 1;  ///< That decode; 1 at least.
  /// Whether a picture is to be decoded. Called by any thread.
  std::function<bool(const Sha256Digest&)> wanted = [](const Sha256Digest&) { return true; };
};

/// One thread reads, several decode. Pictures come in the order in which they are done, and no more than a few wait.
class PictureStream {
 public:
  PictureStream(std::vector<DatasetFile> files, StreamOptions options);
  PictureStream(const PictureStream&) = delete;
  PictureStream& operator=(const PictureStream&) = delete;
  ~PictureStream();  ///< What was not taken is dropped.

  /// The next; nothing after the last. Throws Error{runtime} where the system could not read a file, or
  /// std::bad_alloc.
  std::optional<StreamedPicture> next();

 private:
  /// What the reading thread gives to those that decode.
  struct RawPicture {
    PicturePath path;
    std::string bytes;
    std::string failure;
    std::optional<DrawnPicture> drawn = {};
  };

  void read();
  bool read_file(const DatasetFile& file);
  bool read_archive(const DatasetFile& file);
  bool read_drawn(const DatasetFile& file);
  bool is_ours();
  void decode();
  StreamedPicture decoded(RawPicture raw) const;
  StreamedPicture drawn(const DrawnPicture& drawn) const;
  /// Ends the stream with the exception that is being handled.
  void fail();

  std::vector<DatasetFile> files_;
  StreamOptions options_;
  std::size_t number_ = 0;  ///< Of the next picture.
  BoundedQueue<RawPicture> raw_;
  BoundedQueue<StreamedPicture> decoded_;
  std::mutex mutex_;
  int decoding_ = 0;  ///< Threads that have not come to the end.
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

}  // namespace limpid
