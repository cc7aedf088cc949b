// How a GPU's threads, a channel group each, give their neighbours what their window of channels takes.
#pragma once

#include "kernels/ops/lrn.body.h"

namespace limpid::cuda {

inline constexpr int kWarp = 32;

/// The window's part of the groups before and after the thread's own, from the threads beside it. All threads of the warp
/// take part; `first`, `last`: no group is before it, or none after it.
template <int Radius>
__device__ GroupTriple with_neighbours(Group own, bool first, bool last) {
  constexpr unsigned kAll = 0xffffffffu;
  GroupTriple triple{splat(0.0F), own, splat(0.0F)};
#pragma unroll
  for (int i = 0; i < Radius; ++i) {
    const int from_end = kGroup - 1 - i;
    const float before = __shfl_up_sync(kAll, own[from_end], 1), after = __shfl_down_sync(kAll, own[i], 1);
    triple.before[from_end] = first ? 0.0F : before;
    triple.after[i] = last ? 0.0F : after;
  }
  return triple;
}

}  // namespace limpid::cuda
