// Arithmetic of objective_seed, one channel group of one pixel at a time. Sums are in double precision.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/objective_seed.h"

namespace limpid {

/// The channel groups of a map that a term reads.
struct SeedBox {
  int g, h, w;  ///< The first of them.
  int groups, height, width;

  template <class T>
  LIMPID_HD SeedBox(const SlotTerm& term, const GroupView<T>& map)
      : g(term.channel / kGroup), h(0), w(0), groups(1), height(map.h), width(map.w) {
    if (term.reduction == Reduction::none) groups = 0;
    if (term.reduction == Reduction::position) {
      h = term.y;
      w = term.x;
      height = width = 1;
    }
    if (term.reduction == Reduction::mean_square) {
      g = 0;
      groups = map.groups;
    }
  }

  LIMPID_HD bool holds(int ig, int ih, int iw) const {
    return ig >= g && ig < g + groups && ih >= h && ih < h + height && iw >= w && iw < w + width;
  }
};

/// sum + what a group in the term's box adds.
LIMPID_HD double add_to_seed(double sum, const SlotTerm& term, Group x) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) {
    const double value = static_cast<double>(x[i]);
    if (term.reduction == Reduction::mean_square) {
      sum += value * value;
    } else if (i == term.channel % kGroup) {
      sum += value;
    }
  }
  return sum;
}

/// The term's value, from the sum over its box in a map of `pixels` positions.
LIMPID_HD double seed_value(const SlotTerm& term, double sum, int pixels) {
  const double weight = static_cast<double>(term.weight);
  switch (term.reduction) {
    case Reduction::none:
      return 0;
    case Reduction::position:
      return weight * sum;
    case Reduction::channel_mean:
      return weight * (sum / pixels);
    case Reduction::mean_square:
      return weight * (sum / (double{1} * term.channels * pixels));
  }
  return 0;
}

/// One channel group of the gradient.
template <class T>
struct SeedGradientBody {
  GroupView<const T> map;
  GroupView<T> gradient;
  const SlotTerm* terms;
  float scale;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    const SlotTerm term = terms[n];
    const float pixels = static_cast<float>(map.h * map.w);
    Group seed = splat(0.0F);
    if (term.reduction == Reduction::mean_square) {
      seed = load_group(map.at(n, g, h, w)) *
             splat(2.0F * term.weight / (static_cast<float>(term.channels) * pixels) * scale);
    } else if (SeedBox(term, map).holds(g, h, w)) {
      const float slope = term.reduction == Reduction::position ? term.weight : term.weight / pixels;
      LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) seed[i] =
          i == term.channel % kGroup ? slope * scale : 0.0F;
    }
    store_group(gradient.at(n, g, h, w), seed);
  }
};

}  // namespace limpid
