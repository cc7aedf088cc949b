// The arctangent in fp32, in a form compilers vectorise without relaxed floating-point rules.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"

namespace limpid {

/// atan(x) with relative error below 3e-7. `V` is float or, under g++, a vector of floats; NaN stays NaN.
template <class V>
LIMPID_HD V atan_f32(V x) {
  const V zero = V{} * 0.0F;
  const V one = zero + 1.0F;
  const V size = x < zero ? -x : x;
  // Three ranges, turned into |t| <= tan(pi / 8): atan(a) = pi / 4 + atan((a - 1) / (a + 1)) and
  // atan(a) = pi / 2 + atan(-1 / a). Comparisons are ordered so that NaN stays in the first.
  const auto middle = size > zero + 0.414213562F;
  const auto high = size > zero + 2.414213562F;
  const V numerator = high ? -one : (middle ? size - 1.0F : size);
  const V denominator = high ? size : (middle ? size + 1.0F : one);
  const V base = high ? zero + 1.570796327F : (middle ? zero + 0.785398163F : zero);
  const V t = numerator / denominator;
  const V z = t * t;
  // (atan(t) / t - 1) / t^2 at the Chebyshev nodes of [0, tan^2(pi / 8)]: below 8e-8 of atan.
  V p = zero + 0.0852979124F;
  p = p * z - 0.140265495F;
  p = p * z + 0.199913934F;
  p = p * z - 0.333332866F;
  const V angle = base + (t + t * z * p);
  return x < zero ? -angle : angle;
}

}  // namespace limpid
