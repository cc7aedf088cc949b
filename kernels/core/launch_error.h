// Errors of CUDA launches, for .cu files: kernels/core/error.h needs fmt, which nvcc does not compile.
#pragma once

#include <cstdint>

namespace limpid::cuda {

/// Throws Error{runtime}: the launch of `op` was refused, for the reason that CUDA gives.
[[noreturn]] void fail_launch(const char* op, const char* reason);

/// Throws Error{runtime}: `count` of `what` exceed `most`, the largest number one launch can index.
[[noreturn]] void fail_launch_range(const char* op, std::int64_t count, const char* what, std::int64_t most);

}  // namespace limpid::cuda
