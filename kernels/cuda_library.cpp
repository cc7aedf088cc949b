#include "kernels/cuda_library.h"

#include <dlfcn.h>

#include <cstdint>

#include "kernels/core/error.h"
#include "kernels/core/own_library.h"
#include "kernels/core/process.h"
#include "kernels/cuda_entry.h"

namespace limpid::cuda_library {
namespace {

constexpr const char* kName = "liblimpid_cuda.so";

bool driver_is_there() {
  return dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL) != nullptr;
}

/// Loaded once, and never unloaded: its kernels are registered with the driver until the process ends.
const OwnLibrary& library() {
  static const OwnLibrary loaded = open_own_library(kName);
  return loaded;
}

template <class Function>
Function* symbol(const char* name) {
  void* address = dlsym(library().handle, name);
  if (address == nullptr) fail_runtime("{} is of another version of limpid: it has no {}", kName, name);
  return reinterpret_cast<Function*>(address);
}

/// Asking a driver how many GPUs it has is using it.
void require_own_driver() {
  static const std::uint32_t first_process = process_number();
  if (first_process == process_number()) return;
  fail_runtime(
      "a GPU was in use before this process was forked, and CUDA does not outlive that: start processes anew, "
      "or take --device cpu");
}

}  // namespace

bool answers() {
  if (!driver_is_there() || library().handle == nullptr) return false;
  require_own_driver();
  return symbol<cuda::DeviceCount>(cuda::kDeviceCount)() > 0;
}

std::unique_ptr<Backend> make_backend(int device, const std::filesystem::path& algorithms) {
  if (!driver_is_there()) {
    fail_runtime("no NVIDIA driver on this machine (libcuda.so.1 does not load); --device cpu runs without");
  }
  if (library().handle == nullptr) {
    fail_runtime("the CUDA backend does not load: {}; --device cpu runs without it", library().why_not);
  }
  require_own_driver();
  return std::unique_ptr<Backend>(symbol<cuda::MakeBackend>(cuda::kMakeBackend)(
      device, algorithms.empty() ? nullptr : algorithms.c_str()));
}

}  // namespace limpid::cuda_library
