// Arithmetic of caricature_seed, one channel group of one pixel at a time. Sums are in double precision.
#pragma once

#include "kernels/ops/caricature_seed.h"
#include "kernels/ops/objective_seed.body.h"

namespace limpid {

/// Products of an image's map with itself and with the reference's, summed.
struct CaricatureSums {
  double dot, own, other;
};

template <class T>
struct CaricatureBody {
  GroupView<const T> map;
  GroupView<T> gradient;
  const SlotTerm* terms;
  double* scratch;
  float scale;
  int terms_per_image;

  /// Term t of image n.
  LIMPID_HD SlotTerm term(int n, int t) const { return load_term(terms + n * terms_per_image + t); }

  /// The scratch memory of a part of a term's sums.
  LIMPID_HD double* part(int n, int t, int p) const {
    return scratch + 3 * ((std::int64_t{n} * terms_per_image + t) * kCaricatureParts + p);
  }

  LIMPID_HD void add(CaricatureSums& sums, const SlotTerm& term, int n, int g, int h, int w) const {
    const Group x = load_group(map.at(n, g, h, w)), y = load_group(map.at(term.reference, g, h, w));
    sums.dot += sum_of_products(x, y);
    sums.own += sum_of_products(x, x);
    sums.other += sum_of_products(y, y);
  }

  LIMPID_HD void store(int n, int t, int p, const CaricatureSums& sums) const {
    double* memory = part(n, t, p);
    memory[0] = sums.dot;
    memory[1] = sums.own;
    memory[2] = sums.other;
  }

  /// Once all parts are stored.
  LIMPID_HD PairTerm cosine(const SlotTerm& term, int n, int t) const {
    constexpr double kEpsilon = 1e-6;
    CaricatureSums sums{};
    for (int p = 0; p < kCaricatureParts; ++p) {
      const double* memory = part(n, t, p);
      sums.dot += memory[0];
      sums.own += memory[1];
      sums.other += memory[2];
    }
    return powered_cosine(sums.dot, sums.own, sums.other, kEpsilon, term.cosine_power);
  }

  LIMPID_HD Group slope(const SlotTerm& term, const PairTerm& cosine, int n, int g, int h, int w) const {
    const float factor = term.weight * scale;
    return load_group(map.at(n, g, h, w)) * splat(factor * static_cast<float>(cosine.of_a)) +
           load_group(map.at(term.reference, g, h, w)) * splat(factor * static_cast<float>(cosine.of_b));
  }
};

}  // namespace limpid
