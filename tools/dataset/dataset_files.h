// Which files hold the pictures that were asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace limpid {

struct DatasetFile {
  std::string path;  ///< From the working directory, or absolute, as it was asked for.
  bool archive = false;
  std::string listed = {};  ///< "list.txt: line 3: ", for errors; empty where no list names it.
  std::size_t drawn = 0;    ///< Not 0: no file, but so many pictures that formulas draw.
  std::uint64_t seed = 0;   ///< Of these.
};

/// Whether a file of that name is looked at where a folder or an archive is gone through: one of a picture, and not hidden.
bool is_picture_name(const std::filesystem::path& path);

/// The files that the sources name, in order:
///
///   a folder         all pictures in it and in the folders below, by name
///   a.tar, a.tgz...  an archive
///   list.txt         a file a line, from the working directory or else from where the list is; empty lines count for
///                    nothing
///   a.jpg...         a picture
///
/// Throws Error{input} for what is not there, a folder or list without pictures, and a file that is none of these.
std::vector<DatasetFile> dataset_files(const std::vector<std::string>& sources);

}  // namespace limpid
