#include "kernels/ops/nearest_turn.h"

#include <gtest/gtest.h>

#include "tests/image/support.h"

namespace limpid::nearest_turn_test {
namespace {

using namespace test;

constexpr int kImages = 2;

/// A turn about the centre.
AffineMap turn(int h, int w, float degrees) {
  const float radians = degrees * 0.0174532925F, cosine = std::cos(radians), sine = std::sin(radians);
  const float x = static_cast<float>(w - 1), y = static_cast<float>(h - 1);
  return {cosine, -sine, (x - (cosine * x - sine * y)) / 2, sine, cosine, (y - (sine * x + cosine * y)) / 2};
}

class Turning : public ::testing::TestWithParam<float> {
 protected:
  static constexpr int kH = 19, kW = 26;
  static constexpr std::size_t kElements = std::size_t{3} * kImages * kH * kW;
  const std::vector<AffineMap> maps_ = {turn(kH, kW, GetParam()), turn(kH, kW, -GetParam() / 2)};

  static Planar<const float> planes(const std::vector<float>& values) {
    return {values.data(), kImages, 3, kH, kW};
  }
};

TEST_P(Turning, TakesTheNearestPixelOrNothing) {
  const auto from = random_values(kElements, 1, 2, 1);
  FencedBuffer to(kElements);
  cpu::nearest_turn(threads(2), {planes(from), {to.data(), kImages, 3, kH, kW}, maps_.data()});
  EXPECT_TRUE(to.intact());
  int outside = 0;
  for (int plane = 0; plane < 3 * kImages; ++plane) {
    const AffineMap& m = maps_[static_cast<std::size_t>(plane / 3)];
    for (int y = 0; y < kH; ++y) {
      for (int x = 0; x < kW; ++x) {
        const auto at = [&](float xx, float xy, float x0) {
          return static_cast<double>(xx) * x + static_cast<double>(xy) * y + static_cast<double>(x0);
        };
        const double px = at(m.xx, m.xy, m.x0), py = at(m.yx, m.yy, m.y0);
        // Halfway between pixels, rounding may take either.
        const auto is_tie = [](double p) { return std::abs(p - std::floor(p) - 0.5) < 1e-5; };
        if (is_tie(px) || is_tie(py)) continue;
        const int ix = static_cast<int>(std::round(px)), iy = static_cast<int>(std::round(py));
        const bool inside = ix >= 0 && ix < kW && iy >= 0 && iy < kH;
        outside += inside ? 0 : 1;
        const auto index = [&](int row, int column) {
          return static_cast<std::size_t>((plane * kH + row) * kW + column);
        };
        ASSERT_EQ(to.values()[index(y, x)], inside ? from[index(iy, ix)] : 0.0F)
            << plane << ": " << y << ", " << x;
      }
    }
  }
  EXPECT_EQ(outside > 0, GetParam() != 0);
}

TEST_P(Turning, TheAdjointIsOne) {
  const auto x = random_values(kElements, -1, 1, 2), y = random_values(kElements, -1, 1, 3);
  std::vector<float> ax(kElements), one_thread(kElements);
  FencedBuffer aty(kElements);
  cpu::nearest_turn(threads(1), {planes(x), {ax.data(), kImages, 3, kH, kW}, maps_.data()});
  cpu::nearest_turn_adjoint(threads(2), {planes(y), {aty.data(), kImages, 3, kH, kW}, maps_.data()});
  cpu::nearest_turn_adjoint(threads(1), {planes(y), {one_thread.data(), kImages, 3, kH, kW}, maps_.data()});
  EXPECT_TRUE(aty.intact());
  EXPECT_TRUE(same_bits(aty.values(), one_thread));
  expect_adjoint(x, ax, y, aty.values(), 8 * kEpsilon);
}

/// As integers: every pixel that is taken comes back as often as it was taken.
TEST_P(Turning, TheAdjointCountsWhatWasTaken) {
  const std::vector<float> ones(kElements, 1);
  std::vector<float> shown(kElements), counts(kElements);
  cpu::nearest_turn(threads(1), {planes(ones), {shown.data(), kImages, 3, kH, kW}, maps_.data()});
  cpu::nearest_turn_adjoint(threads(1), {planes(ones), {counts.data(), kImages, 3, kH, kW}, maps_.data()});
  double taken = 0, counted = 0;
  for (std::size_t i = 0; i < kElements; ++i) {
    taken += static_cast<double>(shown[i]);
    counted += static_cast<double>(counts[i]);
  }
  EXPECT_EQ(taken, counted);
}

INSTANTIATE_TEST_SUITE_P(Degrees, Turning, ::testing::Values(0.0F, 3.0F, -7.0F, 10.0F, 45.0F, 90.0F, 133.0F));

}  // namespace
}  // namespace limpid::nearest_turn_test
