// Arithmetic of the ReLU and its gradients, one channel group of one pixel at a time.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/relu.h"

namespace limpid {

template <class T>
struct ReluFpropBody {
  GroupView<const T> x;
  GroupView<T> y;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    const Group value = load_group(x.at(n, g, h, w));
    store_group(y.at(n, g, h, w), mask_positive(value, value));
  }
};

template <class T>
struct ReluMaskBody {
  GroupView<T> gradient;
  GroupView<const T> y;
  GroupView<T> from;

  explicit ReluMaskBody(const ReluMask& op)
      : gradient(op.gradient.as<T>()),
        y(op.y.as<const T>()),
        from((op.from.data != nullptr ? op.from : op.gradient).template as<T>()) {}

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    const Group masked = mask_positive(load_group(from.at(n, g, h, w)), load_group(y.at(n, g, h, w)));
    store_group(gradient.at(n, g, h, w), masked);
  }
};

/// The rules other than the plain one: whether any gradient of a group passes the plain mask, and what is
/// kept where a rule departs from it.
template <class T>
struct RuledReluBody {
  GroupView<T> gradient;
  GroupView<const T> y;

  LIMPID_HD bool any_passes(int n, int g, int h, int w) const {
    const Group passed = mask_positive(load_group<T>(gradient.at(n, g, h, w)), load_group(y.at(n, g, h, w)));
    bool any = false;
    LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) any = any || passed[i] != 0.0F;
    return any;
  }

  /// Of a rule that departs from the plain one.
  LIMPID_HD void operator()(ReluGradient rule, int n, int g, int h, int w) const {
    if (rule == ReluGradient::unmasked) return;
    T* target = gradient.at(n, g, h, w);
    const Group value = load_group(target);
    const Group off = rule == ReluGradient::leaky ? value * splat(0.1F) : mask_positive(value, value);
    store_group(target, select_greater(load_group(y.at(n, g, h, w)), splat(0.0F), value, off));
  }
};

}  // namespace limpid
