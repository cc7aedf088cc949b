// Arithmetic of objective_seed, one channel group of one pixel at a time. Sums are in double precision.
#pragma once

#include "kernels/ops/cosine_terms.h"
#include "kernels/ops/group_sums.h"
#include "kernels/ops/objective_seed.h"

namespace limpid {

/// The term at p; on a device in whole 16-byte accesses.
LIMPID_HD SlotTerm load_term(const SlotTerm* p) {
#if defined(__CUDA_ARCH__)
  static_assert(sizeof(SlotTerm) % sizeof(FourWords) == 0 && alignof(SlotTerm) % sizeof(FourWords) == 0);
  SlotTerm term;
  FourWords* target = reinterpret_cast<FourWords*>(&term);
  LIMPID_UNROLL for (unsigned i = 0; i < sizeof(SlotTerm) / sizeof(FourWords); ++i) {
    target[i] = load_four_words(p, i);
  }
  return term;
#else
  return *p;
#endif
}

/// Whether a term looks along a vector.
LIMPID_HD bool has_vector(const SlotTerm& term) {
  return term.kind == TermKind::direction || term.kind == TermKind::patch || term.kind == TermKind::cosine;
}

/// Whether a term needs all channels of a position to know its gradient there.
LIMPID_HD bool needs_position(const SlotTerm& term) {
  return term.kind == TermKind::cosine || (has_vector(term) && term.cosine_power != 0.0F);
}

/// The channel groups of a map that a term reads.
struct SeedBox {
  int g, h, w;  ///< The first of them.
  int groups, height, width;

  template <class T>
  LIMPID_HD SeedBox(const SlotTerm& term, const GroupView<T>& map)
      : g(0), h(term.y), w(term.x), groups(map.groups), height(term.box_h), width(term.box_w) {
    if (term.box_h == 0) {
      h = w = 0;
      height = map.h;
      width = map.w;
    }
    if (term.kind == TermKind::channel) {
      g = term.channel / kGroup;
      groups = 1;
    } else if (term.kind == TermKind::none || term.kind == TermKind::caricature) {
      groups = 0;
    }
  }

  LIMPID_HD bool holds(int ig, int ih, int iw) const {
    return ig >= g && ig < g + groups && ih >= h && ih < h + height && iw >= w && iw < w + width;
  }
};

/// How many positions of a map count.
template <class T>
LIMPID_HD int seed_positions(const SlotTerm& term, const GroupView<T>& map) {
  return term.box_h == 0 ? map.h * map.w : term.box_h * term.box_w;
}

/// What the sum over a term's box is divided by; negative where less is better.
LIMPID_HD double seed_divisor(const SlotTerm& term, int positions) {
  switch (term.kind) {
    case TermKind::layer:
      return double{1} * term.channels * positions;
    case TermKind::match:
    case TermKind::align:
      return double{-1} * term.channels * positions;
    default:
      return positions;
  }
}

/// The term's value, from the sum over its box.
LIMPID_HD double seed_value(const SlotTerm& term, double sum, int positions) {
  return static_cast<double>(term.weight) * (sum / seed_divisor(term, positions));
}

/// The vector that a term with one looks along at a position of its box.
LIMPID_HD const float* vector_at(const SlotTerm& term, int groups, int h, int w) {
  const std::int64_t place = term.kind == TermKind::patch ? (h - term.y) * term.box_w + w - term.x : 0;
  return term.vector + place * groups * kGroup;
}

/// How far an align looks.
inline constexpr int kAlignReach = 4;

/// f(image, factor) for every image within reach of image n in its group, those before it only if wanted;
/// `factor` is 2^-distance.
template <class F>
LIMPID_HD void for_each_neighbour(const SlotTerm& term, int n, bool before, const F& f) {
  const int place = (n - term.group_first) / term.group_stride;
  float factor = 1;
  for (int d = 1; d <= kAlignReach; ++d) {
    factor *= 0.5F;
    if (place + d < term.group_count) f(n + d * term.group_stride, factor);
    if (before && place >= d) f(n - d * term.group_stride, factor);
  }
}

/// A batch of maps as terms read it.
template <class T>
struct SeedMap {
  GroupView<const T> map;

  /// What a group adds to the sum of a term, in whose box it is and which needs no more than the group.
  LIMPID_HD double part(const SlotTerm& term, int n, int g, int h, int w) const {
    const Group x = load_group(map.at(n, g, h, w));
    switch (term.kind) {
      case TermKind::channel: {
        double value = 0;
        LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) {
          if (i == term.channel % kGroup) value = static_cast<double>(x[i]);
        }
        return value;
      }
      case TermKind::layer:
        return sum_of_products(x, x);
      case TermKind::direction:
      case TermKind::patch:
        return sum_of_products(x, load_group(vector_at(term, map.groups, h, w) + g * kGroup));
      case TermKind::match:
        return sum_of_distances(x, load_group(map.at(term.reference, g, h, w)));
      case TermKind::align: {
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
      default:
        return 0;
    }
  }

  /// A term that needs all channels of a position, at one of its box.
  LIMPID_HD PairTerm at_position(const SlotTerm& term, int n, int h, int w) const {
    constexpr double kEpsilon = 1e-4;
    const float* vector = vector_at(term, map.groups, h, w);
    double dot = 0, xx = 0, vv = 0;
#if defined(__CUDA_ARCH__)
    // As many loads in flight as registers hold.
    constexpr int kUnrolled = sizeof(T) == 4 ? 2 : 4;
#pragma unroll kUnrolled
#endif
    for (int g = 0; g < map.groups; ++g) {
      const Group x = load_group(map.at(n, g, h, w)), v = load_group(vector + g * kGroup);
      dot += sum_of_products(x, v);
      xx += sum_of_products(x, x);
      vv += sum_of_products(v, v);
    }
    if (term.kind == TermKind::cosine) return plain_cosine(dot, xx, vv, kEpsilon);
    return powered_cosine(dot, xx, vv, kEpsilon, term.cosine_power);
  }

  /// One channel group of the gradient of a term that needs no more than the group, in its box.
  LIMPID_HD Group slope(const SlotTerm& term, int n, int g, int h, int w) const {
    const float weight = term.weight / static_cast<float>(seed_divisor(term, seed_positions(term, map)));
    switch (term.kind) {
      case TermKind::channel: {
        Group one = splat(0.0F);
        LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) one[i] = i == term.channel % kGroup ? weight : 0.0F;
        return one;
      }
      case TermKind::layer:
        return load_group(map.at(n, g, h, w)) * splat(2.0F * weight);
      case TermKind::direction:
      case TermKind::patch:
        return load_group(vector_at(term, map.groups, h, w) + g * kGroup) * splat(weight);
      case TermKind::match: {
        const Group x = load_group(map.at(n, g, h, w)), other = load_group(map.at(term.reference, g, h, w));
        const Group zero = splat(0.0F), up = splat(weight);
        return select_greater(x, other, up, zero) - select_greater(other, x, up, zero);
      }
      case TermKind::align: {
        const Group x = load_group(map.at(n, g, h, w));
        Group sum = splat(0.0F);
        for_each_neighbour(term, n, true, [&](int neighbour, float factor) {
          sum = sum + (x - load_group(map.at(neighbour, g, h, w))) * splat(2.0F * factor);
        });
        return sum * splat(weight);
      }
      default:
        return splat(0.0F);
    }
  }

  /// The same for one that needs the position, given what it is there.
  LIMPID_HD Group slope(const SlotTerm& term, const PairTerm& position, int n, int g, int h, int w) const {
    const float weight = term.weight / static_cast<float>(seed_divisor(term, seed_positions(term, map)));
    return load_group(map.at(n, g, h, w)) * splat(weight * static_cast<float>(position.of_a)) +
           load_group(vector_at(term, map.groups, h, w) + g * kGroup) *
               splat(weight * static_cast<float>(position.of_b));
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
