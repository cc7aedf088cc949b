// How far two vectors are apart. A NaN on either side makes every measure here NaN, and a NaN is below no
// tolerance.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

namespace limpid::reference {

/// ||actual - expected|| / ||expected||; NaN when the lengths differ or both are zero.
template <class A, class B>
double relative_l2(const A& actual, const B& expected) {
  if (actual.size() != expected.size()) return std::numeric_limits<double>::quiet_NaN();
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double d = double{actual[i]} - double{expected[i]};
    difference += d * d;
    norm += double{expected[i]} * double{expected[i]};
  }
  return std::sqrt(difference / norm);
}

/// The largest |actual - expected|; NaN when the lengths differ.
template <class A, class B>
double max_difference(const A& actual, const B& expected) {
  if (actual.size() != expected.size()) return std::numeric_limits<double>::quiet_NaN();
  double largest = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double d = std::abs(double{actual[i]} - double{expected[i]});
    if (std::isnan(d)) return d;
    if (d > largest) largest = d;
  }
  return largest;
}

}  // namespace limpid::reference
