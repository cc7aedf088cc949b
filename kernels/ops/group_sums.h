// Sums over the lanes of channel groups, in double precision.
#pragma once

#include <cmath>

#include "kernels/core/group.h"

namespace limpid {

/// f(0) + ... + f(7), in pairs.
template <class F>
LIMPID_HD double sum_lanes(const F& f) {
  static_assert(kGroup == 8);
  return ((f(0) + f(1)) + (f(2) + f(3))) + ((f(4) + f(5)) + (f(6) + f(7)));
}

LIMPID_HD double sum_of_products(const Group& a, const Group& b) {
  return sum_lanes([&](int i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); });
}

LIMPID_HD double sum_of_distances(const Group& a, const Group& b) {
  return sum_lanes([&](int i) { return fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])); });
}

}  // namespace limpid
