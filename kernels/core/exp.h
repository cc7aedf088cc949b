// exp and the logistic function in fp32, in a form compilers vectorise without relaxed floating-point rules.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/core/host_device.h"

namespace limpid {

/// e^x with relative error below 2e-7. x is limited to [-87, 88], where the result is a normal number; NaN
/// stays NaN.
LIMPID_HD float exp_f32(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 88.0F ? 88.0F : x;
  // x = k ln 2 + r, |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to an integer, whose two's complement then lies
  // in the low mantissa bits.
  constexpr float kRound = 0x1.8p23F;
  const float rounded = fmaf(x, 1.44269504F, kRound);
  const float k = rounded - kRound;
  const float r = fmaf(k, -1.42860677e-6F, fmaf(k, -0.693145752F, x));  // ln 2 in two parts.
  // Taylor to degree 7: the remainder is below 6e-9.
  float p = 1.0F / 5040;
  p = fmaf(p, r, 1.0F / 720);
  p = fmaf(p, r, 1.0F / 120);
  p = fmaf(p, r, 1.0F / 24);
  p = fmaf(p, r, 1.0F / 6);
  p = fmaf(p, r, 0.5F);
  p = fmaf(p, r, 1.0F);
  p = fmaf(p, r, 1.0F);
  std::uint32_t bits;
  memcpy(&bits, &rounded, sizeof bits);
  bits = (bits + 127u) << 23;  // The float 2^k.
  float power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

/// 1 / (1 + e^-x).
LIMPID_HD float sigmoid(float x) {
  return 1.0F / (1.0F + exp_f32(-x));
}

}  // namespace limpid
