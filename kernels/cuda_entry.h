// What the CUDA library exports to cuda_library.cpp.
#pragma once

#include "kernels/backend.h"

namespace limpid::cuda {

/// Names of the exported functions, for dlsym.
inline constexpr const char* kMakeBackend = "limpid_cuda_make_backend";
inline constexpr const char* kDeviceCount = "limpid_cuda_device_count";

/// A new Backend for a device, to be deleted by the caller. `algorithms` is a file as `cuda_library::make_backend`
/// describes it, or null. Throws Error{runtime}.
using MakeBackend = Backend*(int device, const char* algorithms);

/// Devices that answer; 0 where the driver reports an error.
using DeviceCount = int();

}  // namespace limpid::cuda
