// Terms of two vectors and the cosine between them, cos = dot / ((epsilon + |a|)(epsilon + |b|)).
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"

namespace limpid {

/// A function of a pair of vectors a and b: its value, and its gradient with respect to a, of_a * a + of_b * b.
struct PairTerm {
  double value, of_a, of_b;
};

/// The cosine itself, from the dot product and the squared lengths. Where a is zero it has no direction: no
/// value and no gradient.
LIMPID_HD PairTerm plain_cosine(double dot, double aa, double bb, double epsilon) {
  if (aa == 0) return {0, 0, 0};
  const double length = sqrt(aa);
  const double of_b = 1 / ((epsilon + length) * (epsilon + sqrt(bb)));
  return {dot * of_b, -dot * of_b / ((epsilon + length) * length), of_b};
}

/// dot * max(0.1, cos)^power, from the dot product and the squared lengths. Where the cosine is below 0.1 it
/// counts as a constant.
LIMPID_HD PairTerm powered_cosine(double dot, double aa, double bb, double epsilon, float power) {
  constexpr double kLeast = 0.1;
  const double exponent = static_cast<double>(power);
  const double length = sqrt(aa);
  const double cosine = dot / ((epsilon + length) * (epsilon + sqrt(bb)));
  if (!(cosine > kLeast)) {
    const double factor = pow(kLeast, exponent);
    return {dot * factor, 0, factor};
  }
  const double factor = pow(cosine, exponent);  // A cosine above 0.1 has length > 0.
  return {dot * factor, -exponent * factor * dot / ((epsilon + length) * length), (1 + exponent) * factor};
}

}  // namespace limpid
