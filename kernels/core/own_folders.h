// Where the files lie that come with limpid: beside the library that this code is part of, or beside the program.
#pragma once

#include <filesystem>
#include <vector>

namespace limpid {

/// Folders that may hold limpid's shared libraries, the likeliest first: that of the shared library this code is linked
/// into, if it is; that of the program's libraries, and the program's own. All are absolute, whatever the current
/// folder is or was, and as an installation lays them out, which may have been moved as a whole.
std::vector<std::filesystem::path> library_folders();

/// Likewise of data files: `share/limpid` of either.
std::vector<std::filesystem::path> data_folders();

}  // namespace limpid
