// The CUDA backend, a shared library beside liblimpid or the program, loaded when a GPU is asked for: so either runs
// where no CUDA library exists, and starts without loading any.
#pragma once

#include <filesystem>
#include <memory>

#include "kernels/backend.h"

namespace limpid::cuda_library {

/// Whether a driver, a device and everything the backend needs are there. Quick where there is no driver.
bool answers();

/// The backend of GPU `device`. Throws Error{runtime} saying in one line what is missing: the driver, the
/// library, a library it needs, or the device.
///
/// Which algorithm computes a convolution decides the last bits of a result. Where `algorithms` names a file, they are
/// taken from it, and those it lacks are added to it (kernels/conv/kept_algorithms.h); its folder must be there.
std::unique_ptr<Backend> make_backend(int device, const std::filesystem::path& algorithms = {});

}  // namespace limpid::cuda_library
