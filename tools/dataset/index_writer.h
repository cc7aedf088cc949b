// An index of examples while it is built.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/examples/map_statistics.h"
#include "engine/grid/writer_lock.h"
#include "tools/dataset/index_manifest.h"
#include "tools/dataset/unit_file.h"

namespace limpid {

/// Writes pictures and what units make of them. After a crash at any instant the index holds every picture that `flush`
/// returned for, and no part of another. Errors of writing are Error{usage} with the system's reason.
class IndexWriter {
 public:
  /// Creates the index, or goes on with the one that is there where `resume`. Throws Error{usage} where there is one
  /// otherwise, where the one that is there is of something else (naming the first difference), and where another process
  /// writes to it.
  IndexWriter(std::filesystem::path folder, IndexManifest manifest, bool resume);
  IndexWriter(const IndexWriter&) = delete;
  IndexWriter& operator=(const IndexWriter&) = delete;

  const std::filesystem::path& folder() const { return folder_; }

  /// One line for each file that was damaged and is set aside: its pictures are missing.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// Whether what units make of the picture is on disk. From any thread, and unchanged while the writer lives.
  bool stored(const Sha256Digest& digest) const { return stored_.contains(digest); }
  std::size_t stored_count() const { return stored_.size(); }

  /// A path from here as one of the index, whose relative paths begin where it was begun.
  PicturePath path_in_index(PicturePath path) const;

  /// Notes that a picture is there, with its path in the index; false where it was noted before. Of several paths the
  /// first in order is kept.
  bool note(const PictureRecord& picture);

  /// Takes a picture: one value for each unit of the manifest. Flushes where enough wait.
  void add(const PictureRecord& picture, std::span<const MapStatistics> units);

  /// Puts what waits on disk, durably.
  void flush();

  /// Flushes, then makes one file of all: the same pictures give the same bytes, in whatever order and however often
  /// interrupted they came.
  void finish();

  /// Removes the index where nothing was ever stored in it.
  void discard_empty();

 private:
  struct HashOfDigest {
    std::size_t operator()(const Sha256Digest& digest) const {
      std::size_t value = 0;
      std::memcpy(&value, digest.data(), sizeof value);
      return value;
    }
  };

  void open(bool resume);
  void read_stored();
  void join(const std::filesystem::path& to, const std::vector<std::filesystem::path>& parts);
  UnitFileKind kind() const { return {settings_, manifest_.layers}; }

  std::filesystem::path folder_;
  IndexManifest manifest_;
  std::string settings_;
  std::filesystem::path from_ = ".";  ///< From where the index's paths begin to the working directory.
  std::unique_ptr<const WriterLock> lock_;
  std::size_t most_waiting_;
  std::unordered_map<Sha256Digest, PicturePath, HashOfDigest> stored_, paths_;
  std::vector<PictureRecord> waiting_;
  std::vector<MapStatistics> values_;  ///< Of those that wait, one picture after another.
  std::vector<std::string> warnings_;
};

}  // namespace limpid
