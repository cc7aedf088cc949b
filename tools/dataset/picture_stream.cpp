#include "tools/dataset/picture_stream.h"

#include <algorithm>
#include <utility>

#include "engine/pictures/image_file.h"
#include "engine/pictures/picture_limits.h"
#include "kernels/core/error.h"
#include "tools/dataset/archive.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

/// Pictures that wait: enough for a thread that is held up, few enough for photos of many megapixels.
constexpr std::size_t kWaitingFiles = 8;
constexpr std::size_t kWaitingPictures = 32;

}  // namespace

PictureStream::PictureStream(std::vector<DatasetFile> files, StreamOptions options)
    : files_(std::move(files)),
      options_(std::move(options)),
      raw_(kWaitingFiles),
      decoded_(kWaitingPictures),
      decoding_(std::max(options_.threads, 1)) {
  const int decoders = decoding_;
  threads_.emplace_back([this] { read(); });
  for (int i = 0; i < decoders; ++i) threads_.emplace_back([this] { decode(); });
}

PictureStream::~PictureStream() {
  raw_.abandon();
  decoded_.abandon();
  for (std::thread& thread : threads_) thread.join();
}

std::optional<StreamedPicture> PictureStream::next() {
  std::optional<StreamedPicture> picture = decoded_.take();
  const std::scoped_lock lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
  return picture;
}

void PictureStream::fail() {
  {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
  raw_.abandon();
  decoded_.abandon();
}

bool PictureStream::is_ours() {
  const std::size_t number = number_++;
  return number % static_cast<std::size_t>(options_.shard.count) ==
         static_cast<std::size_t>(options_.shard.index - 1);
}

void PictureStream::read() {
  try {
    for (const DatasetFile& file : files_) {
      const bool goes_on = file.drawn > 0 ? read_drawn(file)
                           : file.archive ? read_archive(file)
                                          : read_file(file);
      if (!goes_on) break;
    }
    raw_.close();
  } catch (...) {
    fail();
  }
}

bool PictureStream::read_file(const DatasetFile& file) {
  if (!is_ours()) return true;
  RawPicture raw{{file.path}, {}, {}};
  try {
    check_picture_bytes(check_readable(file.path), file.path);
    raw.bytes = read_bytes(file.path);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::runtime) throw;
    raw.failure = file.listed + error.what();
  }
  return raw_.put(std::move(raw));
}

bool PictureStream::read_drawn(const DatasetFile& file) {
  for (std::size_t number = 0; number < file.drawn; ++number) {
    if (is_ours() && !raw_.put({{}, {}, {}, DrawnPicture{file.seed, number}})) return false;
  }
  return true;
}

bool PictureStream::read_archive(const DatasetFile& file) {
  bool goes_on = true;
  bool any = false;
  const auto wanted = [&](const std::string& name) {
    if (!is_picture_name(name)) return false;
    any = true;
    return is_ours();
  };
  const auto put = [&](ArchiveMember member) {
    goes_on =
        raw_.put({{file.path, std::move(member.name)}, std::move(member.bytes), std::move(member.failure)});
    return goes_on;
  };
  try {
    visit_archive(file.path, wanted, put);
    if (!any) fail_input("there is no picture, such as a .png or .jpg, in '{}'", file.path);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::runtime) throw;
    goes_on = raw_.put({{file.path}, {}, file.listed + error.what()});
  }
  return goes_on;
}

void PictureStream::decode() {
  try {
    while (std::optional<RawPicture> raw = raw_.take()) {
      if (!decoded_.put(decoded(std::move(*raw)))) return;
    }
    const std::scoped_lock lock(mutex_);
    if (--decoding_ == 0) decoded_.close();
  } catch (...) {
    fail();
  }
}

StreamedPicture PictureStream::drawn(const DrawnPicture& drawn) const {
  StreamedPicture picture{{digest_of(drawn), options_.size, options_.size, path_of(drawn)}};
  if (options_.wanted(picture.record.digest))
    picture.image = procedural_picture(drawn.seed, drawn.number, options_.size).image;
  return picture;
}

StreamedPicture PictureStream::decoded(RawPicture raw) const {
  if (raw.drawn) return drawn(*raw.drawn);
  StreamedPicture picture{{{}, 0, 0, std::move(raw.path)}, {}, std::move(raw.failure)};
  if (!picture.failure.empty()) return picture;
  picture.record.digest = sha256_digest(raw.bytes);
  if (!options_.wanted(picture.record.digest)) return picture;
  try {
    Image image = decode_image(raw.bytes, to_string(picture.record.path));
    picture.record.height = image.height;
    picture.record.width = image.width;
    picture.image = fit_image(std::move(image), options_.size, options_.size, options_.fit);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::runtime) throw;
    picture.failure = error.what();
  }
  return picture;
}

}  // namespace limpid
