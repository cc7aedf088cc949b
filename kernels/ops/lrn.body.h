// Arithmetic of local response normalisation, one pixel at a time, walking its channel groups in order with
// the neighbouring groups in registers.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/lrn.h"

namespace limpid {

/// Three neighbouring channel groups of one pixel.
struct GroupTriple {
  Group before, middle, after;

  LIMPID_HD void push(Group next) {
    before = middle;
    middle = after;
    after = next;
  }
};

/// For each channel of the middle group, the sum over the channels up to `Radius` to either side.
template <int Radius>
LIMPID_HD Group window_sum(const GroupTriple& x) {
  if constexpr (Radius == 0) {
    return x.middle;
  } else {
    return window_sum<Radius - 1>(x) +
           (shifted<-Radius>(x.before, x.middle, x.after) + shifted<Radius>(x.before, x.middle, x.after));
  }
}

/// D^-beta for beta 1/2 (`Quarters` 2) or 3/4 (3).
template <int Quarters>
LIMPID_HD Group power_minus_beta(Group d) {
  const Group r = splat(1.0F) / square_root(d);
  return Quarters == 2 ? r : r * square_root(r);
}

/// The squares of group g at one pixel; zero beyond the last group.
template <class T>
LIMPID_HD Group square_at(const GroupView<const T>& x, int n, int g, int h, int w) {
  if (g >= x.groups) return splat(0.0F);
  const Group value = load_group(x.at(n, g, h, w));
  return value * value;
}

template <class T, int Radius, int Quarters>
struct LrnFpropBody {
  GroupView<const T> x;
  GroupView<T> y;
  LrnConstants constants;

  LIMPID_HD void operator()(int n, int h, int w) const {
    GroupTriple squares{splat(0.0F), splat(0.0F), square_at(x, n, 0, h, w)};
    for (int g = 0; g < x.groups; ++g) {
      squares.push(square_at(x, n, g + 1, h, w));
      const Group d = splat(constants.bias) + splat(constants.alpha) * window_sum<Radius>(squares);
      store_group(y.at(n, g, h, w), load_group(x.at(n, g, h, w)) * power_minus_beta<Quarters>(d));
    }
  }
};

template <class T, int Radius, int Quarters>
struct LrnBpropBody {
  GroupView<const T> x;
  GroupView<const T> dy;
  GroupView<T> dx;
  GroupView<const T> relu_output;
  LrnConstants constants;

  /// Two windows run over the channels, one group apart: squares of x give D, and with D come the terms
  /// dy x D^(-beta-1) whose window sum the gradient needs.
  LIMPID_HD void operator()(int n, int h, int w) const {
    GroupTriple squares{splat(0.0F), splat(0.0F), square_at(x, n, 0, h, w)};
    GroupTriple terms{splat(0.0F), splat(0.0F), splat(0.0F)};
    Group power = splat(0.0F);  // D^-beta of the middle group of `terms`.
    Group next_power = advance(n, 0, h, w, squares, terms);
    for (int g = 0; g < x.groups; ++g) {
      power = next_power;
      next_power = advance(n, g + 1, h, w, squares, terms);
      const Group value = load_group(x.at(n, g, h, w));
      Group gradient = load_group(dy.at(n, g, h, w)) * power -
                       splat(2.0F * constants.alpha * constants.beta) * value * window_sum<Radius>(terms);
      if (relu_output.data != nullptr)
        gradient = mask_positive(gradient, load_group(relu_output.at(n, g, h, w)));
      store_group(dx.at(n, g, h, w), gradient);
    }
  }

 private:
  /// Appends the term of group g to `terms` and returns its D^-beta.
  LIMPID_HD Group advance(int n, int g, int h, int w, GroupTriple& squares, GroupTriple& terms) const {
    if (g >= x.groups) {
      terms.push(splat(0.0F));
      return splat(0.0F);
    }
    squares.push(square_at(x, n, g + 1, h, w));
    const Group d = splat(constants.bias) + splat(constants.alpha) * window_sum<Radius>(squares);
    const Group power = power_minus_beta<Quarters>(d);
    terms.push(load_group(dy.at(n, g, h, w)) * load_group(x.at(n, g, h, w)) * power / d);
    return power;
  }
};

}  // namespace limpid
