// How a kernel is started and gets its shared memory: spellings that only nvcc reads, which stand nowhere else.
// tests/cuda_on_cpu has a form of this file for g++.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <type_traits>

/// A variable that the threads of a block share: LIMPID_SHARED(float[8][32], tile).
#define LIMPID_SHARED(Type, name) __shared__ std::type_identity_t<Type> name

/// An array that the threads of a block share, as large as its launch says.
#define LIMPID_DYNAMIC_SHARED(Type, name) extern __shared__ Type name[]

namespace limpid::cuda::detail {

template <auto Kernel, class... Args>
void start(cudaStream_t stream, dim3 grid, dim3 block, std::size_t shared_bytes, const Args&... args) {
  Kernel<<<grid, block, shared_bytes, stream>>>(args...);
}

}  // namespace limpid::cuda::detail
