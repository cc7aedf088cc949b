// The folder of an index of examples, and the names in it.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tools/dataset/index_manifest.h"
#include "tools/dataset/unit_file.h"

namespace limpid {

/// "birds.limpidx" of "birds", "birds.limpidx" and "birds.limpidx/".
std::filesystem::path index_folder(const std::string& name);

/// Files of units that wait to be joined, in the order in which they were written: segment-<number>.h5 as they were
/// flushed, joined-<number>.h5 of several of those.
std::vector<std::filesystem::path> segments_of(const std::filesystem::path& index);

/// Those as they were flushed.
std::vector<std::filesystem::path> flushed_segments_of(const std::filesystem::path& index);

/// A name behind all those.
std::filesystem::path next_segment(const std::filesystem::path& index, bool joined);

/// Where a picture of an index can be found from here: its path, where it is relative, begins in the folder that the index
/// was built from.
std::string path_from_here(const std::string& path, const std::filesystem::path& index,
                           const IndexManifest& manifest);

/// Writes one file of all units of `files`, in place of what has its name. A picture that is in several is there once.
/// Throws as reading and writing do.
void join_unit_files(const std::filesystem::path& to, const UnitFileKind& kind,
                     std::span<const UnitFile* const> files,
                     const std::function<PicturePath(std::size_t file, const PictureRecord&)>& path);

/// A finished index.
class IndexReader {
 public:
  /// Throws Error{input} where there is no index, or it is damaged, or not finished; Error{runtime} where the system could
  /// not read it.
  explicit IndexReader(const std::filesystem::path& index);

  const std::filesystem::path& folder() const { return folder_; }
  const IndexManifest& manifest() const { return manifest_; }
  const UnitFile& units() const { return units_; }

  /// Where a picture is, from here.
  PicturePath path(const PictureRecord& picture) const;

 private:
  std::filesystem::path folder_;
  IndexManifest manifest_;
  UnitFile units_;
};

}  // namespace limpid
