#include "kernels/core/own_folders.h"

#include <dlfcn.h>
#include <link.h>

#include <climits>
#include <system_error>

namespace limpid {
namespace {

namespace fs = std::filesystem;

/// Of the shared library that this is in; empty where it is the program's own.
fs::path own_library_folder() {
  static const char inside = 0;
  Dl_info object{};
  void* entry = nullptr;
  if (dladdr1(&inside, &object, &entry, RTLD_DL_LINKMAP) == 0 || entry == nullptr) return {};
  const fs::path name = static_cast<const link_map*>(entry)->l_name;
  if (name.empty() || name.is_absolute()) return name.parent_path();
  // Loaded by a name relative to a folder that need not be the current one any more: the loader kept it.
  char origin[PATH_MAX] = "";
  return dlinfo(entry, RTLD_DI_ORIGIN, origin) == 0 ? fs::path(origin) : fs::path();
}

/// Of the running program; empty where the system does not tell.
fs::path program_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

std::vector<fs::path> library_folders() {
  std::vector<fs::path> folders;
  if (const fs::path library = own_library_folder(); !library.empty()) folders.push_back(library);
  if (const fs::path program = program_folder(); !program.empty()) {
    folders.push_back((program / LIMPID_PROGRAM_TO_LIBRARIES).lexically_normal());
    folders.push_back(program);
  }
  return folders;
}

std::vector<fs::path> data_folders() {
  std::vector<fs::path> folders;
  if (const fs::path library = own_library_folder(); !library.empty())
    folders.push_back((library / LIMPID_LIBRARIES_TO_DATA).lexically_normal());
  if (const fs::path program = program_folder(); !program.empty())
    folders.push_back((program / LIMPID_PROGRAM_TO_DATA).lexically_normal());
  return folders;
}

}  // namespace limpid
