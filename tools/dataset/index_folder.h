// The folder of an index of examples, and the names in it.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <span>
#include <string>
#include <vector>

#include "tools/dataset/index_manifest.h"
#include "tools/dataset/joined_units.h"
#include "tools/dataset/unit_file.h"

namespace limpid {

/// "birds.limpidx" of "birds", "birds.limpidx" and "birds.limpidx/": where an index of that name is made.
std::filesystem::path index_folder(const std::string& name);

/// Where it is looked for: likewise, but exactly what was named where there is no such folder, so that what is said of it
/// names what was asked for.
std::filesystem::path known_index(const std::string& name);

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

/// Opens the files that `list` names, which whoever builds the index may join and remove meanwhile: where one cannot be opened and other
/// files are named by then, those are. Throws as UnitFile does where the same files are named once more.
std::list<UnitFile> open_unit_files(const UnitFileKind& kind,
                                    const std::function<std::vector<std::filesystem::path>()>& list);

/// Writes one file of all units of `files`, in place of what has its name. A picture that is in several is there once.
/// Throws as reading and writing do.
void join_unit_files(const std::filesystem::path& to, const UnitFileKind& kind,
                     std::span<const UnitFile* const> files,
                     const std::function<PicturePath(std::size_t file, const PictureRecord&)>& path);

/// What becomes of an index that is still being built, or was left so.
enum class UnfinishedIndex { refused, taken };

/// An index, read.
class IndexReader {
 public:
  /// Throws Error{input} where there is no index, or it is damaged, or not finished and `unfinished` refuses that, or has no
  /// picture yet; Error{runtime} where the system could not read it. The files of one that is taken unfinished stay open, whoever joins
  /// and removes them.
  explicit IndexReader(const std::filesystem::path& index,
                       UnfinishedIndex unfinished = UnfinishedIndex::refused);

  /// Whether it holds all that it was built of, as far as anybody knows.
  bool finished() const { return finished_; }

  const std::filesystem::path& folder() const { return folder_; }
  const IndexManifest& manifest() const { return manifest_; }
  const JoinedUnits& units() const { return units_; }
  /// What these are read from: one file, where the index is finished.
  const std::list<UnitFile>& files() const { return files_; }

  /// Where a picture is, from here.
  PicturePath path(const PictureRecord& picture) const;

 private:
  std::filesystem::path folder_;
  IndexManifest manifest_;
  bool finished_;
  std::list<UnitFile> files_;
  JoinedUnits units_;
};

}  // namespace limpid
