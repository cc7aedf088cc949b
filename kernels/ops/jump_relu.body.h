// Arithmetic of the gate of a JumpReLU, one channel group of one pixel at a time.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/jump_relu.h"

namespace limpid {

template <class T>
struct JumpReluBody {
  GroupView<T> y;
  const float* thresholds;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    T* target = y.at(n, g, h, w);
    const Group value = load_group<T>(target);
    Group threshold;
    LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) threshold[i] = thresholds[g * kGroup + i];
    store_group(target, select_at_most(value, threshold, splat(0.0F), value));
  }
};

}  // namespace limpid
