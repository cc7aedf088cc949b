// Terms of the cosine between two vectors.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"

namespace limpid {

/// A function of two vectors a and b, whose product is dot and cos = dot / ((epsilon + |a|)(epsilon + |b|)):
/// its value, and its gradient with respect to a, of_a * a + of_b * b.
struct CosineTerm {
  double value, of_a, of_b;
};

/// dot * max(0.1, cos)^power, from the dot product and the squared lengths. Where the cosine is below 0.1 it
/// counts as a constant.
LIMPID_HD CosineTerm powered_cosine(double dot, double aa, double bb, double epsilon, float power) {
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
