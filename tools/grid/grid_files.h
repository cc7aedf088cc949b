// Where a grid goes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace limpid {

struct GridFiles {
  std::filesystem::path store;  ///< A folder, NAME.limpid.
  std::filesystem::path sheet;  ///< NAME.png.
};

/// Named after `output`, whose extension .limpid or .png may be there or not, or where it is empty after what
/// is made: "mixed4a", "mixed3a-mixed3b"; "jobs" for jobs.json; in the working directory.
GridFiles grid_files(const std::string& output, const std::vector<std::string>& entries);

}  // namespace limpid
