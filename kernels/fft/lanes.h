// Eight complex numbers side by side in two vector registers, and moving them between layouts.
#pragma once

#include <algorithm>

#include "kernels/core/group.h"

namespace limpid::cpu {

/// Lane i of both belongs to transform i.
struct ComplexLanes {
  Group re, im;
};

/// block[i] lane j <-> block[j] lane i.
inline void transpose(Group (&block)[kGroup]) {
  Group pairs[kGroup], quads[kGroup];
  for (int i = 0; i < kGroup; i += 2) {
    pairs[i] = __builtin_shufflevector(block[i], block[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    pairs[i + 1] = __builtin_shufflevector(block[i], block[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int i = 0; i < kGroup; i += 4) {
    for (int j = 0; j < 2; ++j) {
      quads[i + j] = __builtin_shufflevector(pairs[i + j], pairs[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      quads[i + j + 2] = __builtin_shufflevector(pairs[i + j], pairs[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    block[i] = __builtin_shufflevector(quads[i], quads[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    block[i + 4] = __builtin_shufflevector(quads[i], quads[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

/// The first `count` (1..8) floats at p; lanes beyond them are zero and their memory is not touched.
inline Group load_lanes(const float* p, int count) {
  if (count >= kGroup) return load_group(p);
  float lane[kGroup] = {};
  std::copy_n(p, count, lane);
  return load_group(lane);
}

/// Stores the first `count` (1..8) lanes.
inline void store_lanes(float* p, Group x, int count) {
  if (count >= kGroup) return store_group(p, x);
  float lane[kGroup];
  store_group(lane, x);
  std::copy_n(lane, count, p);
}

/// `count` (1..8) interleaved complex numbers, one per lane; lanes beyond them are zero.
inline ComplexLanes load_interleaved(const float* p, int count) {
  const Group low = load_lanes(p, std::min(2 * count, kGroup));
  const Group high = count > 4 ? load_lanes(p + kGroup, 2 * count - kGroup) : Group{};
  return {__builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14),
          __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15)};
}

inline void store_interleaved(float* p, ComplexLanes z, int count) {
  store_lanes(p, __builtin_shufflevector(z.re, z.im, 0, 8, 1, 9, 2, 10, 3, 11), std::min(2 * count, kGroup));
  if (count > 4) {
    store_lanes(p + kGroup, __builtin_shufflevector(z.re, z.im, 4, 12, 5, 13, 6, 14, 7, 15),
                2 * count - kGroup);
  }
}

}  // namespace limpid::cpu
