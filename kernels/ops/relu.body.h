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

/// Second half of the redirected ReLU, for images whose masked gradient is zero: keep what asks the unit to
/// rise.
template <class T>
struct RedirectBody {
  GroupView<T> gradient;
  GroupView<const T> y;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    T* target = gradient.at(n, g, h, w);
    const Group value = load_group(target);
    const Group rising = mask_positive(value, value);
    store_group(target, select_greater(load_group(y.at(n, g, h, w)), splat(0.0F), value, rising));
  }
};

}  // namespace limpid
