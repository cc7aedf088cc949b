// Arithmetic of the global average pool, one channel group at a time.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/global_average_pool.h"

namespace limpid {

template <class T>
struct GlobalAveragePoolFpropBody {
  GroupView<const T> x;
  GroupView<T> y;

  /// Index over channel groups of one image; y is 1 x 1.
  LIMPID_HD void operator()(int n, int g, int, int) const { write(n, g, sum(n, g, 0, 1)); }

  /// The sum over every `shares`-th pixel, from `share` on.
  LIMPID_HD Group sum(int n, int g, int share, int shares) const {
    Group sum = splat(0.0F);
    for (int i = share; i < x.h * x.w; i += shares) sum = sum + load_group(x.at(n, g, i / x.w, i % x.w));
    return sum;
  }

  LIMPID_HD void write(int n, int g, Group sum) const {
    store_group(y.at(n, g, 0, 0), sum * splat(1.0F / static_cast<float>(x.h * x.w)));
  }
};

template <class T>
struct GlobalAveragePoolBpropBody {
  GroupView<const T> dy;
  GroupView<T> dx;
  GroupView<const T> relu_output;
  bool accumulate;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    Group gradient = load_group(dy.at(n, g, 0, 0)) * splat(1.0F / static_cast<float>(dx.h * dx.w));
    if (accumulate) gradient = gradient + load_group(dx.at(n, g, h, w));
    if (relu_output.data != nullptr)
      gradient = mask_positive(gradient, load_group(relu_output.at(n, g, h, w)));
    store_group(dx.at(n, g, h, w), gradient);
  }
};

}  // namespace limpid
