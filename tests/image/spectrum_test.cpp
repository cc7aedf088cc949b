#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/spectrum_scale.h"
#include "tests/image/support.h"

namespace limpid {
namespace {

using namespace test;

TEST(SpectrumScaleTable, FollowsLucidsDefinition) {
  struct Case {
    int h, w;
    float decay;
  };
  for (const Case c : {Case{224, 224, 1}, Case{7, 5, 1}, Case{6, 9, 0.85F}, Case{1, 1, 1}, Case{8, 4, 0}}) {
    const auto table = spectrum_scale_table(c.h, c.w, c.decay);
    const int columns = c.w / 2 + 1;
    ASSERT_EQ(table.size(), static_cast<std::size_t>(2 * c.h * columns));
    for (int ky = 0; ky < c.h; ++ky) {
      for (int kx = 0; kx < columns; ++kx) {
        const double fy = (ky <= c.h / 2 ? ky : ky - c.h) / static_cast<double>(c.h);
        const double fx = kx / static_cast<double>(c.w);
        const double f = std::max(std::sqrt(fx * fx + fy * fy), 1.0 / std::max(c.w, c.h));
        const double pixels = static_cast<double>(c.h) * c.w;
        const double expected = std::sqrt(pixels) / std::pow(f, static_cast<double>(c.decay)) / 4 / pixels;
        for (const int part : {0, 1}) {
          const double actual = table[static_cast<std::size_t>(2 * (ky * columns + kx) + part)];
          EXPECT_LE(std::abs(actual - expected), 2 * kEpsilon * expected);
        }
      }
    }
  }
}

std::vector<float> initial(std::vector<SlotKey> keys, std::int64_t count, int thread_count,
                           RandomPurpose purpose = RandomPurpose::initial_values) {
  FencedBuffer values(keys.size() * static_cast<std::size_t>(count));
  cpu::initialise_parameters(threads(thread_count), {values.data(), keys.data(),
                                                     static_cast<int>(keys.size()), count, 0.01F, purpose});
  EXPECT_TRUE(values.intact());
  return {values.values().begin(), values.values().end()};
}

TEST(InitialiseParameters, DependsOnSeedAndImageAlone) {
  constexpr std::int64_t kCount = 4099;
  const SlotKey first{1, 0, 0}, second{1, 1, 0}, third{2, 0, 0};
  const auto together = initial({first, second, third}, kCount, 3);
  const std::span<const float> all = together;
  EXPECT_TRUE(same_bits(all.subspan(0, kCount), initial({first}, kCount, 1)));
  EXPECT_TRUE(same_bits(all.subspan(kCount, kCount), initial({second}, kCount, 2)));
  EXPECT_TRUE(same_bits(all.subspan(2 * kCount, kCount), initial({third}, kCount, 1)));
  EXPECT_FALSE(same_bits(all.subspan(0, kCount), all.subspan(kCount, kCount)));
  EXPECT_FALSE(same_bits(all.subspan(0, kCount), all.subspan(2 * kCount, kCount)));
  EXPECT_TRUE(same_bits(all.subspan(0, kCount), initial({SlotKey{1, 0, 9}}, kCount, 1)));
}

TEST(InitialiseParameters, OfBackgroundsDependOnTheStepToo) {
  constexpr std::int64_t kCount = 4099;
  constexpr RandomPurpose kBackground = RandomPurpose::background;
  const SlotKey early{1, 5, 3}, late{1, 5, 4}, other{1, 6, 3};
  const auto together = initial({early, late, other}, kCount, 3, kBackground);
  const std::span<const float> all = together;
  EXPECT_TRUE(same_bits(all.subspan(0, kCount), initial({early}, kCount, 1, kBackground)));
  EXPECT_TRUE(same_bits(all.subspan(kCount, kCount), initial({late}, kCount, 2, kBackground)));
  EXPECT_FALSE(same_bits(all.subspan(0, kCount), all.subspan(kCount, kCount)));
  EXPECT_FALSE(same_bits(all.subspan(0, kCount), all.subspan(2 * kCount, kCount)));
  EXPECT_FALSE(same_bits(initial({SlotKey{1, 5, 0}}, kCount, 1, kBackground), initial({early}, kCount, 1)));
}

TEST(InitialiseParameters, IsNormalWithTheDeviation) {
  constexpr std::int64_t kCount = 200000;
  const auto values = initial({SlotKey{42, 0, 0}}, kCount, 2);
  double sum = 0, square = 0;
  int beyond_two = 0;
  for (const float value : values) {
    const double x = static_cast<double>(value) / 0.01;
    sum += x;
    square += x * x;
    beyond_two += std::abs(x) > 2 ? 1 : 0;
  }
  const double count = kCount;  // Bounds are four standard deviations of each estimate.
  EXPECT_LT(std::abs(sum / count), 4 / std::sqrt(count));
  EXPECT_LT(std::abs(square / count - 1), 4 * std::sqrt(2 / count));
  EXPECT_LT(std::abs(beyond_two / count - 0.0455), 4 * std::sqrt(0.0455 * 0.9545 / count));
}

}  // namespace
}  // namespace limpid
