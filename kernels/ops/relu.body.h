// Arithmetic of the ReLU gradients, one channel group of one pixel at a time.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/relu.h"

namespace limpid {

template <class T>
struct ReluMaskBody {
  GroupView<T> gradient;
  GroupView<const T> y;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    T* target = gradient.at(n, g, h, w);
    store_group(target, mask_positive(load_group(target), load_group(y.at(n, g, h, w))));
  }
};

/// The redirected ReLU: whether any gradient of a group passes the plain mask, and, for images where none
/// does, what is kept then.
template <class T>
struct RedirectBody {
  GroupView<T> gradient;
  GroupView<const T> y;

  LIMPID_HD bool any_passes(int n, int g, int h, int w) const {
    const Group passed = mask_positive(load_group<T>(gradient.at(n, g, h, w)), load_group(y.at(n, g, h, w)));
    bool any = false;
    LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) any = any || passed[i] != 0.0F;
    return any;
  }

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    T* target = gradient.at(n, g, h, w);
    const Group value = load_group(target);
    const Group rising = mask_positive(value, value);
    store_group(target, select_greater(load_group(y.at(n, g, h, w)), splat(0.0F), value, rising));
  }
};

}  // namespace limpid
