// Arithmetic of local response normalisation, one pixel at a time, walking its channel groups in order.
#pragma once

#include "kernels/ops/lrn.h"

namespace limpid {

/// Three neighbouring groups side by side, so that a window of up to eight channels to either side of the
/// middle group is a run of adjacent floats.
struct ChannelWindow {
  alignas(32) float lane[3 * kGroup];

  LIMPID_HD void set(int slot, Group x) { store_group(lane + slot * kGroup, x); }

  /// Drops the first group, appends `next`.
  LIMPID_HD void push(Group next) {
    set(0, load_group(lane + kGroup));
    set(1, load_group(lane + 2 * kGroup));
    set(2, next);
  }

  /// For each channel of the middle group, the sum over its window.
  LIMPID_HD Group sum(int radius) const {
    Group s = unaligned(kGroup - radius);
    for (int k = 1 - radius; k <= radius; ++k) s = s + unaligned(kGroup + k);
    return s;
  }

 private:
  LIMPID_HD Group unaligned(int first) const {
    Group r;
    LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) r[i] = lane[first + i];
    return r;
  }
};

/// D^-beta for beta 1/2 (`Quarters` 2) or 3/4 (3).
template <int Quarters>
LIMPID_HD Group power_minus_beta(Group d) {
  const Group r = splat(1.0F) / square_root(d);
  return Quarters == 2 ? r : r * square_root(r);
}

template <class T, int Quarters>
struct LrnFpropBody {
  GroupView<const T> x;
  GroupView<T> y;
  LrnConstants constants;

  LIMPID_HD void operator()(int n, int h, int w) const {
    ChannelWindow squares;
    squares.set(0, splat(0.0F));
    squares.set(1, splat(0.0F));
    squares.set(2, square(n, 0, h, w));
    for (int g = 0; g < x.groups; ++g) {
      squares.push(square(n, g + 1, h, w));
      const Group d = splat(constants.bias) + splat(constants.alpha) * squares.sum(constants.radius);
      store_group(y.at(n, g, h, w), load_group(x.at(n, g, h, w)) * power_minus_beta<Quarters>(d));
    }
  }

 private:
  LIMPID_HD Group square(int n, int g, int h, int w) const {
    if (g >= x.groups) return splat(0.0F);
    const Group value = load_group(x.at(n, g, h, w));
    return value * value;
  }
};

template <class T, int Quarters>
struct LrnBpropBody {
  GroupView<const T> x;
  GroupView<const T> dy;
  GroupView<T> dx;
  GroupView<const T> relu_output;
  LrnConstants constants;

  LIMPID_HD void operator()(int n, int h, int w) const {
    // Two windows run over the channels, one group apart: squares of x give D, and with D the terms
    // dy x D^(-beta-1) whose window sum the gradient needs.
    ChannelWindow squares;
    ChannelWindow terms;
    Group power[2];  // D^-beta of the group in the middle of `terms`, and of the one after it.
    LIMPID_UNROLL for (int i = 0; i < 3; ++i) {
      squares.set(i, splat(0.0F));
      terms.set(i, splat(0.0F));
    }
    squares.set(2, square(n, 0, h, w));
    power[1] = splat(0.0F);
    advance(n, 0, h, w, squares, terms, power);
    for (int g = 0; g < x.groups; ++g) {
      advance(n, g + 1, h, w, squares, terms, power);
      const Group sum = terms.sum(constants.radius);
      const Group value = load_group(x.at(n, g, h, w));
      Group gradient = load_group(dy.at(n, g, h, w)) * power[0] -
                       splat(2.0F * constants.alpha * constants.beta) * value * sum;
      if (relu_output.data != nullptr)
        gradient = mask_positive(gradient, load_group(relu_output.at(n, g, h, w)));
      store_group(dx.at(n, g, h, w), gradient);
    }
  }

 private:
  LIMPID_HD Group square(int n, int g, int h, int w) const {
    if (g >= x.groups) return splat(0.0F);
    const Group value = load_group(x.at(n, g, h, w));
    return value * value;
  }

  /// Appends the term of group g.
  LIMPID_HD void advance(int n, int g, int h, int w, ChannelWindow& squares, ChannelWindow& terms,
                         Group* power) const {
    power[0] = power[1];
    if (g >= x.groups) {
      terms.push(splat(0.0F));
      return;
    }
    squares.push(square(n, g + 1, h, w));
    const Group d = splat(constants.bias) + splat(constants.alpha) * squares.sum(constants.radius);
    power[1] = power_minus_beta<Quarters>(d);
    terms.push(load_group(dy.at(n, g, h, w)) * load_group(x.at(n, g, h, w)) * power[1] / d);
  }
};

}  // namespace limpid
