// Reductions over the threads of a block, in an order that never changes.
#pragma once

#include "kernels/core/kernel_launch.cuh"

namespace limpid::cuda {

/// combine(...) of the values of all `Threads` threads of the block, known to every one of them. `combine`
/// must be commutative. All threads must call it.
template <int Threads, class T, class Combine>
__device__ T block_reduce(T value, const Combine& combine) {
  constexpr int kWarp = 32;
  constexpr int kWarps = Threads / kWarp;
  static_assert(Threads % kWarp == 0 && kWarps <= kWarp);
  LIMPID_SHARED(T[kWarps], of_warp);
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value = combine(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  if (threadIdx.x % kWarp == 0) of_warp[threadIdx.x / kWarp] = value;
  __syncthreads();
  value = of_warp[0];
  for (int i = 1; i < kWarps; ++i) value = combine(value, of_warp[i]);
  __syncthreads();  // The next reduction writes there.
  return value;
}

struct Add {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

/// A NaN is never the larger one.
struct Larger {
  __device__ float operator()(float a, float b) const { return fmaxf(a, b); }
};

}  // namespace limpid::cuda
