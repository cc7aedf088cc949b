#include "kernels/ops/fix_pixels.h"

#include <gtest/gtest.h>

#include "tests/image/support.h"

namespace limpid::fix_pixels_test {
namespace {

using namespace test;

constexpr int kImages = 2, kChannels = 3, kH = 37, kW = 83;
constexpr std::size_t kPixels = kH * kW, kElements = kImages * kChannels * kPixels;

template <class T>
Planar<T> planes(T* data, int channels = kChannels) {
  return {data, kImages, channels, kH, kW};
}

/// Zeros, ones and what lies between.
std::vector<float> mask_values() {
  auto mask = random_values(kImages * kPixels, 0, 1, 1);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (i % 3 != 2) mask[i] = static_cast<float>(i % 3);
  }
  return mask;
}

std::size_t mask_index(std::size_t element) {
  return element / (kChannels * kPixels) * kPixels + element % kPixels;
}

TEST(FixPixels, IsExactAtBothEndsAndMixesBetween) {
  const auto mask = mask_values();
  const auto before = random_values(kElements, 0, 1, 2);
  const auto fixed = random_values(kElements, 0, 1, 3);
  FencedBuffer rgb(kElements);
  std::copy(before.begin(), before.end(), rgb.data());
  cpu::fix_pixels(threads(3), {planes(rgb.data()), planes(fixed.data()), planes(mask.data(), 1)});
  for (std::size_t i = 0; i < kElements; ++i) {
    const float m = mask[mask_index(i)];
    const float actual = rgb.values()[i];
    if (m == 0) {
      ASSERT_EQ(actual, before[i]) << i;
    } else if (m == 1) {
      ASSERT_EQ(actual, fixed[i]) << i;
    } else {
      const double weight = static_cast<double>(m);
      const double expected =
          (1 - weight) * static_cast<double>(before[i]) + weight * static_cast<double>(fixed[i]);
      // Difference, two products and a sum of values below one.
      ASSERT_LE(std::abs(static_cast<double>(actual) - expected), 4 * kEpsilon) << i;
    }
  }
  EXPECT_TRUE(rgb.intact());
}

TEST(FixPixels, AdjointIsTheTransposeOfItsLinearPart) {
  const auto mask = mask_values();
  const std::vector<float> nothing(kElements);
  const auto x = random_values(kElements, -1, 1, 4);
  const auto y = random_values(kElements, -1, 1, 5);
  std::vector<float> ax = x, aty = y;
  cpu::fix_pixels(threads(1), {planes(ax.data()), planes(nothing.data()), planes(mask.data(), 1)});
  cpu::fix_pixels_adjoint(threads(1), {planes(aty.data()), planes(mask.data(), 1)});
  expect_adjoint(x, ax, y, aty, 4 * kEpsilon);
  for (std::size_t i = 0; i < kElements; ++i) {
    const float m = mask[mask_index(i)];
    if (m == 0 || m == 1) {
      ASSERT_EQ(aty[i], m == 0 ? y[i] : 0.0F) << i;
    }
  }
}

TEST(FixPixels, AMaskOfEachChannelIsItsOwn) {
  const auto masks = random_values(kElements, 0, 1, 8);
  const auto before = random_values(kElements, 0, 1, 9), fixed = random_values(kElements, 0, 1, 10);
  std::vector<float> rgb = before, drgb = before;
  cpu::fix_pixels(threads(2), {planes(rgb.data()), planes(fixed.data()), planes(masks.data())});
  cpu::fix_pixels_adjoint(threads(2), {planes(drgb.data()), planes(masks.data())});
  for (std::size_t i = 0; i < kElements; ++i) {
    const double mask = static_cast<double>(masks[i]), kept = (1 - mask) * static_cast<double>(before[i]);
    const double expected = kept + mask * static_cast<double>(fixed[i]);
    ASSERT_LE(std::abs(static_cast<double>(rgb[i]) - expected), 4 * kEpsilon) << i;
    ASSERT_LE(std::abs(static_cast<double>(drgb[i]) - kept), 4 * kEpsilon) << i;
  }
}

TEST(FixPixels, ThreadsChangeNoBit) {
  const auto mask = mask_values();
  const auto fixed = random_values(kElements, 0, 1, 6);
  const auto start = random_values(kElements, 0, 1, 7);
  std::vector<float> one = start, four = start;
  cpu::fix_pixels(threads(1), {planes(one.data()), planes(fixed.data()), planes(mask.data(), 1)});
  cpu::fix_pixels(threads(4), {planes(four.data()), planes(fixed.data()), planes(mask.data(), 1)});
  EXPECT_TRUE(same_bits(one, four));
  cpu::fix_pixels_adjoint(threads(1), {planes(one.data()), planes(mask.data(), 1)});
  cpu::fix_pixels_adjoint(threads(4), {planes(four.data()), planes(mask.data(), 1)});
  EXPECT_TRUE(same_bits(one, four));
}

}  // namespace
}  // namespace limpid::fix_pixels_test
