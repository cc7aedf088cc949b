// 16-bit floats widened row by row are what they are one by one.
#include "weights/stored_type.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace limpid {
namespace {

TEST(StoredType, EveryHalfIsWidenedExactly) {
  constexpr std::uint32_t kHalves = 1U << 16U;
  std::vector<f16> halves(kHalves);
  for (std::uint32_t bits = 0; bits < kHalves; ++bits) halves[bits] = {static_cast<std::uint16_t>(bits)};
  const std::vector<float> values = widened(halves);
  ASSERT_EQ(values.size(), kHalves);
  for (std::uint32_t bits = 0; bits < kHalves; ++bits) {
    const float expected = to_f32(halves[bits]);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(values[bits])) << bits;
      EXPECT_EQ(std::signbit(values[bits]), std::signbit(expected)) << bits;
    } else {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(values[bits]), std::bit_cast<std::uint32_t>(expected)) << bits;
    }
  }
}

}  // namespace
}  // namespace limpid
