#include "kernels/core/own_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "kernels/core/own_folders.h"

namespace limpid {

OwnLibrary open_own_library(const char* name, bool global) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const std::filesystem::path& folder : library_folders()) {
    if (std::filesystem::exists(folder / name, error)) paths.push_back((folder / name).string());
  }
  paths.emplace_back(name);
  OwnLibrary library;
  for (const std::string& path : paths) {
    library.handle = dlopen(path.c_str(), RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
    if (library.handle != nullptr) break;
    const char* message = dlerror();
    if (library.why_not.empty() && message != nullptr) library.why_not = message;
  }
  return library;
}

}  // namespace limpid
