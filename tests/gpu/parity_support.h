// What tests of the image side on a CUDA device share: three pictures of three seeds, and how near is near.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "kernels/core/slot_key.h"
#include "tests/gpu/device.h"

namespace limpid::test {

using Floats = std::vector<float>;

inline std::size_t size(int a, int b, int c = 1, int d = 1) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c) *
         static_cast<std::size_t>(d);
}

/// |actual - expected| <= tolerance, element by element; a NaN on either side fails.
inline void expect_near(std::span<const float> actual, std::span<const float> expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_LE(std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i])), tolerance) << i;
  }
}
inline const std::vector<SlotKey> kKeys = {{1, 0, 0}, {1, 5, 40}, {0x123456789abcdefULL, 2, 1999}};
inline constexpr int kImages = 3;

}  // namespace limpid::test
