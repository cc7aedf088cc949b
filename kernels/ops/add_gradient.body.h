// Arithmetic of add_gradient, one channel group of one pixel at a time.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/add_gradient.h"

namespace limpid {

template <class T>
struct AddGradientBody {
  GroupView<const T> dy;
  GroupView<T> dx;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    T* target = dx.at(n, g, h, w);
    store_group(target, load_group<T>(target) + load_group(dy.at(n, g, h, w)));
  }
};

}  // namespace limpid
