#include "kernels/cuda_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/cuda_entry.h"

namespace limpid::cuda_library {
namespace {

constexpr const char* kName = "liblimpid_cuda.so";

bool driver_is_there() {
  return dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL) != nullptr;
}

/// Where the library may be: beside the program's own folders, then wherever the system looks.
std::vector<std::string> candidates() {
  std::vector<std::string> paths;
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    paths.push_back((program.parent_path().parent_path() / "lib" / kName).string());
    paths.push_back((program.parent_path() / kName).string());
  }
  paths.emplace_back(kName);
  return paths;
}

struct Library {
  void* handle = nullptr;
  std::string why_not;  ///< What the loader said of the first one that exists.
};

/// Loaded once, and never unloaded: its kernels are registered with the driver until the process ends.
const Library& library() {
  static const Library loaded = [] {
    Library result;
    for (const std::string& path : candidates()) {
      const bool named = path.find('/') != std::string::npos;
      if (named && !std::filesystem::exists(path)) continue;
      result.handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (result.handle != nullptr) break;
      const char* message = dlerror();
      if (result.why_not.empty() && message != nullptr) result.why_not = message;
    }
    return result;
  }();
  return loaded;
}

template <class Function>
Function* symbol(const char* name) {
  void* address = dlsym(library().handle, name);
  if (address == nullptr) fail_runtime("{} is of another version of limpid: it has no {}", kName, name);
  return reinterpret_cast<Function*>(address);
}

}  // namespace

bool answers() {
  if (!driver_is_there() || library().handle == nullptr) return false;
  return symbol<cuda::DeviceCount>(cuda::kDeviceCount)() > 0;
}

std::unique_ptr<Backend> make_backend(int device) {
  if (!driver_is_there()) {
    fail_runtime("no NVIDIA driver on this machine (libcuda.so.1 does not load); --device cpu runs without");
  }
  if (library().handle == nullptr) {
    fail_runtime("the CUDA backend does not load: {}; --device cpu runs without it", library().why_not);
  }
  return std::unique_ptr<Backend>(symbol<cuda::MakeBackend>(cuda::kMakeBackend)(device));
}

}  // namespace limpid::cuda_library
