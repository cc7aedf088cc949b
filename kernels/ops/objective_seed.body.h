// Arithmetic of objective_seed, one channel group of one pixel at a time. Sums are in double precision.
#pragma once

#include "kernels/ops/group_sums.h"
#include "kernels/ops/objective_seed.h"
#include "kernels/ops/powered_cosine.h"

namespace limpid {

/// The term at p; on a device in whole 16-byte accesses.
LIMPID_HD SlotTerm load_term(const SlotTerm* p) {
#if defined(__CUDA_ARCH__)
  static_assert(sizeof(SlotTerm) % sizeof(uint4) == 0 && alignof(SlotTerm) % sizeof(uint4) == 0);
  SlotTerm term;
  const uint4* source = reinterpret_cast<const uint4*>(p);
  uint4* target = reinterpret_cast<uint4*>(&term);
  LIMPID_UNROLL for (unsigned i = 0; i < sizeof(SlotTerm) / sizeof(uint4); ++i) target[i] = __ldg(source + i);
  return term;
#else
  return *p;
#endif
}

/// Whether a term looks along a vector.
LIMPID_HD bool has_vector(const SlotTerm& term) {
  return term.reduction == Reduction::direction || term.reduction == Reduction::direction_at ||
         term.reduction == Reduction::patch;
}

/// Whether a term needs all channels of a position to know its gradient there.
LIMPID_HD bool has_cosine(const SlotTerm& term) {
  return has_vector(term) && term.cosine_power != 0.0F;
}

/// The channel groups of a map that a term reads.
struct SeedBox {
  int g, h, w;  ///< The first of them.
  int groups, height, width;

  template <class T>
  LIMPID_HD SeedBox(const SlotTerm& term, const GroupView<T>& map)
      : g(0), h(0), w(0), groups(map.groups), height(map.h), width(map.w) {
    switch (term.reduction) {
      case Reduction::none:
      case Reduction::caricature:
        groups = 0;
        break;
      case Reduction::channel_mean:
        of_channel(term);
        break;
      case Reduction::position:
        of_channel(term);
        of_patch(term, 1, 1);
        break;
      case Reduction::direction_at:
        of_patch(term, 1, 1);
        break;
      case Reduction::patch:
        of_patch(term, term.patch_h, term.patch_w);
        break;
      case Reduction::mean_square:
      case Reduction::direction:
      case Reduction::match:
      case Reduction::alignment:
        break;
    }
  }

  LIMPID_HD bool holds(int ig, int ih, int iw) const {
    return ig >= g && ig < g + groups && ih >= h && ih < h + height && iw >= w && iw < w + width;
  }

 private:
  LIMPID_HD void of_channel(const SlotTerm& term) {
    g = term.channel / kGroup;
    groups = 1;
  }
  LIMPID_HD void of_patch(const SlotTerm& term, int patch_h, int patch_w) {
    h = term.y;
    w = term.x;
    height = patch_h;
    width = patch_w;
  }
};

/// What the sum over a term's box is divided by; negative where less is better.
LIMPID_HD double seed_divisor(const SlotTerm& term, int pixels) {
  switch (term.reduction) {
    case Reduction::channel_mean:
    case Reduction::direction:
      return pixels;
    case Reduction::patch:
      return term.patch_h * term.patch_w;
    case Reduction::mean_square:
      return double{1} * term.channels * pixels;
    case Reduction::match:
    case Reduction::alignment:
      return double{-1} * term.channels * pixels;
    case Reduction::none:
    case Reduction::position:
    case Reduction::direction_at:
    case Reduction::caricature:
      return 1;
  }
  return 1;
}

/// The term's value, from the sum over its box in a map of `pixels` positions.
LIMPID_HD double seed_value(const SlotTerm& term, double sum, int pixels) {
  return static_cast<double>(term.weight) * (sum / seed_divisor(term, pixels));
}

/// The vector that a term with one looks along at a position of its box.
LIMPID_HD const float* vector_at(const SlotTerm& term, int groups, int h, int w) {
  const std::int64_t place =
      term.reduction == Reduction::patch ? (h - term.y) * term.patch_w + w - term.x : 0;
  return term.vector + place * groups * kGroup;
}

/// How far an alignment looks.
inline constexpr int kAlignmentReach = 4;

/// f(image, factor) for every image within reach of image n in its group, those before it only if wanted;
/// `factor` is 2^-distance.
template <class F>
LIMPID_HD void for_each_neighbour(const SlotTerm& term, int n, bool before, const F& f) {
  const int place = (n - term.group_first) / term.group_stride;
  float factor = 1;
  for (int d = 1; d <= kAlignmentReach; ++d) {
    factor *= 0.5F;
    if (place + d < term.group_count) f(n + d * term.group_stride, factor);
    if (before && place >= d) f(n - d * term.group_stride, factor);
  }
}

/// A batch of maps as terms read it.
template <class T>
struct SeedMap {
  GroupView<const T> map;

  /// What a group in the box of a term without a cosine adds to its sum.
  LIMPID_HD double part(const SlotTerm& term, int n, int g, int h, int w) const {
    const Group x = load_group(map.at(n, g, h, w));
    switch (term.reduction) {
      case Reduction::channel_mean:
      case Reduction::position: {
        double value = 0;
        LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) {
          if (i == term.channel % kGroup) value = static_cast<double>(x[i]);
        }
        return value;
      }
      case Reduction::mean_square:
        return sum_of_products(x, x);
      case Reduction::direction:
      case Reduction::direction_at:
      case Reduction::patch:
        return sum_of_products(x, load_group(vector_at(term, map.groups, h, w) + g * kGroup));
      case Reduction::match:
        return sum_of_distances(x, load_group(map.at(term.reference, g, h, w)));
      case Reduction::alignment: {
        double sum = 0;
        for_each_neighbour(term, n, false, [&](int neighbour, float factor) {
          const Group other = load_group(map.at(neighbour, g, h, w));
          sum += static_cast<double>(factor) * sum_lanes([&](int i) {
                   const double difference = static_cast<double>(x[i]) - static_cast<double>(other[i]);
                   return difference * difference;
                 });
        });
        return sum;
      }
      case Reduction::none:
      case Reduction::caricature:
        return 0;
    }
    return 0;
  }

  /// A term with a cosine, at a position in its box.
  LIMPID_HD PoweredCosine cosine(const SlotTerm& term, int n, int h, int w) const {
    constexpr double kEpsilon = 1e-4;
    const float* vector = vector_at(term, map.groups, h, w);
    double dot = 0, xx = 0, vv = 0;
#if defined(__CUDA_ARCH__)
#pragma unroll 4
#endif
    for (int g = 0; g < map.groups; ++g) {
      const Group x = load_group(map.at(n, g, h, w)), v = load_group(vector + g * kGroup);
      dot += sum_of_products(x, v);
      xx += sum_of_products(x, x);
      vv += sum_of_products(v, v);
    }
    return powered_cosine(dot, xx, vv, kEpsilon, term.cosine_power);
  }

  /// One channel group of the gradient of a term without a cosine, in its box.
  LIMPID_HD Group slope(const SlotTerm& term, int n, int g, int h, int w) const {
    const float weight = term.weight / static_cast<float>(seed_divisor(term, map.h * map.w));
    switch (term.reduction) {
      case Reduction::channel_mean:
      case Reduction::position: {
        Group one = splat(0.0F);
        LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) one[i] = i == term.channel % kGroup ? weight : 0.0F;
        return one;
      }
      case Reduction::mean_square:
        return load_group(map.at(n, g, h, w)) * splat(2.0F * weight);
      case Reduction::direction:
      case Reduction::direction_at:
      case Reduction::patch:
        return load_group(vector_at(term, map.groups, h, w) + g * kGroup) * splat(weight);
      case Reduction::match: {
        const Group x = load_group(map.at(n, g, h, w)), other = load_group(map.at(term.reference, g, h, w));
        const Group zero = splat(0.0F), up = splat(weight);
        return select_greater(x, other, up, zero) - select_greater(other, x, up, zero);
      }
      case Reduction::alignment: {
        const Group x = load_group(map.at(n, g, h, w));
        Group sum = splat(0.0F);
        for_each_neighbour(term, n, true, [&](int neighbour, float factor) {
          sum = sum + (x - load_group(map.at(neighbour, g, h, w))) * splat(2.0F * factor);
        });
        return sum * splat(weight);
      }
      case Reduction::none:
      case Reduction::caricature:
        break;
    }
    return splat(0.0F);
  }

  /// The same for a term with a cosine, given what the position's `cosine` is.
  LIMPID_HD Group slope(const SlotTerm& term, const PoweredCosine& cosine, int n, int g, int h, int w) const {
    const float weight = term.weight / static_cast<float>(seed_divisor(term, map.h * map.w));
    return load_group(map.at(n, g, h, w)) * splat(weight * static_cast<float>(cosine.of_a)) +
           load_group(vector_at(term, map.groups, h, w) + g * kGroup) *
               splat(weight * static_cast<float>(cosine.of_b));
  }
};

/// The gradient of all terms of an image that are not watched.
template <class T>
struct SeedGradientBody {
  SeedMap<T> map;
  GroupView<T> gradient;
  const SlotTerm* terms;
  int terms_per_image;
  float scale;

  /// f(term) for the terms of image n that have a gradient.
  template <class F>
  LIMPID_HD void for_each_term(int n, const F& f) const {
    for (int t = 0; t < terms_per_image; ++t) {
      const SlotTerm term = load_term(terms + n * terms_per_image + t);
      if (term.column == 0) f(term);
    }
  }
};

}  // namespace limpid
