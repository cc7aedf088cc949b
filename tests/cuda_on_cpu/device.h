// What nvcc gives device code, for g++: included before each .cu file (-include).
#pragma once

// Types and host functions of the toolkit's headers, taken as host code; what follows is device code.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <tuple>
#include <vector>

#define __CUDACC__ 1
#define __CUDA_ARCH__ 900
#undef __host__
#undef __device__
#undef __global__
#undef __forceinline__
#undef __launch_bounds__
#define __host__
#define __device__
#define __global__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)

// Of the emulation itself: its accesses are not a kernel's.
#define EMULATED_UNCHECKED __attribute__((no_sanitize_thread))

namespace emulated {

struct BuiltIns {
  uint3 thread, block;
  dim3 block_extent, grid_extent;
};
extern BuiltIns built_ins;

struct LaunchShape {
  dim3 grid, block;
  std::size_t shared_bytes;
};

/// thread(arguments) is what one thread does; `text` ends with the kernel's name as g++ writes it.
void launch_kernel(const char* text, cudaStream_t stream, const LaunchShape& shape,
                   std::shared_ptr<const void> arguments, std::size_t argument_bytes,
                   void (*thread)(const void*));

int new_shared_variable(std::size_t bytes);
void* shared_address(int variable);
void* dynamic_shared();

/// `Tag`: a type of the variable's own.
template <class T, class Tag>
EMULATED_UNCHECKED T& shared_variable(Tag) {
  static const int variable = new_shared_variable(sizeof(T));
  return *static_cast<T*>(shared_address(variable));
}

void check_alignment(const void* p, std::size_t alignment);

/// Waits for the block's threads; true where `vote` was, for any of them.
bool barrier(bool vote, const std::source_location& place);

int lane();
std::uint64_t exchange(unsigned mask, std::uint64_t value, int source_lane,
                       const std::source_location& place);

std::int32_t atomic_load(const void* p);
void atomic_store(void* p, std::int32_t value);

template <class T>
EMULATED_UNCHECKED T exchange_value(unsigned mask, T value, int source_lane,
                                    const std::source_location& place) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = exchange(mask, bits, source_lane, place);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace emulated

#define threadIdx (::emulated::built_ins.thread)
#define blockIdx (::emulated::built_ins.block)
#define blockDim (::emulated::built_ins.block_extent)
#define gridDim (::emulated::built_ins.grid_extent)

#define __NV_ATOMIC_RELAXED 0
#define __NV_THREAD_SCOPE_DEVICE 0

// clang-format off
inline void __syncthreads(const std::source_location place = std::source_location::current()) {
  ::emulated::barrier(false, place);
}
inline int __syncthreads_or(int vote, const std::source_location place = std::source_location::current()) {
  return ::emulated::barrier(vote != 0, place) ? 1 : 0;
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int distance, const std::source_location place = std::source_location::current()) {
  return ::emulated::exchange_value(mask, value, ::emulated::lane() ^ distance, place);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, int distance, const std::source_location place = std::source_location::current()) {
  const int lane = ::emulated::lane();
  return ::emulated::exchange_value(mask, value, lane < distance ? lane : lane - distance, place);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int distance, const std::source_location place = std::source_location::current()) {
  const int lane = ::emulated::lane();
  return ::emulated::exchange_value(mask, value, lane + distance > 31 ? lane : lane + distance, place);
}
// clang-format on

template <class T>
T __ldg(const T* p) {
  ::emulated::check_alignment(p, sizeof(T));
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

inline std::int32_t __nv_atomic_load_n(std::int32_t* p, int, int) {
  return ::emulated::atomic_load(p);
}
inline void __nv_atomic_store_n(std::int32_t* p, std::int32_t value, int, int) {
  ::emulated::atomic_store(p, value);
}

/// Of the eight bytes of b and a, a's first, those that the digits of `selector` name.
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned selector) {
  const std::uint64_t bytes = std::uint64_t{b} << 32 | a;
  unsigned result = 0;
  for (int i = 0; i < 4; ++i) {
    result |= static_cast<unsigned>(bytes >> (selector >> 4 * i & 7) * 8 & 0xff) << 8 * i;
  }
  return result;
}

/// Exact here, where the device's is within two units in the last place.
inline float rsqrtf(float x) {
  return 1.0F / std::sqrt(x);
}
