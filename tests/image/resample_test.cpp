#include "kernels/ops/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "tests/image/support.h"

namespace limpid::resample_test {
namespace {

using namespace test;

struct Case {
  const char* name;
  int h, w, to_h, to_w;
  ResampleRule rule;
};
void PrintTo(const Case& c, std::ostream* stream) {
  *stream << c.name;
}

class Resampling : public ::testing::TestWithParam<Case> {
 protected:
  static constexpr int kImages = 2;
  const Case& c_ = GetParam();

  std::size_t elements(int h, int w) const {
    return std::size_t{3} * kImages * static_cast<std::size_t>(h * w);
  }

  /// What a whole position of the continued picture shows.
  double continued(const float* plane, int y, int x) const {
    const auto along = [](int i, int count, int reflect) {
      if (i < -reflect || i >= count + reflect) return -1;
      return i < 0 ? -i : i < count ? i : 2 * (count - 1) - i;
    };
    const int row = along(y, c_.h, c_.rule.rows.reflect), column = along(x, c_.w, c_.rule.columns.reflect);
    return static_cast<double>(row < 0 || column < 0 ? c_.rule.fill : plane[row * c_.w + column]);
  }

  static double point(const SampleAxis& axis, int i, int count) {
    const double at = static_cast<double>(axis.ratio) * i + static_cast<double>(axis.start);
    return axis.clamp != 0 ? std::clamp(at, 0.0, count - 1.0) : at;
  }

  double expected(const float* plane, int y, int x) const {
    const double py = point(c_.rule.rows, y, c_.h), px = point(c_.rule.columns, x, c_.w);
    const int top = static_cast<int>(std::floor(py)), left = static_cast<int>(std::floor(px));
    const double fy = py - top, fx = px - left;
    double sum = 0;
    for (const int dy : {0, 1}) {
      for (const int dx : {0, 1}) {
        const double weight = (dy == 0 ? 1 - fy : fy) * (dx == 0 ? 1 - fx : fx);
        if (weight > 0) sum += weight * continued(plane, top + dy, left + dx);
      }
    }
    return sum;
  }
};

TEST_P(Resampling, FollowsTheDefinition) {
  const auto from = random_values(elements(c_.h, c_.w), 0, 1, 1);
  FencedBuffer to(elements(c_.to_h, c_.to_w));
  cpu::resample(threads(2),
                {{from.data(), kImages, 3, c_.h, c_.w}, {to.data(), kImages, 3, c_.to_h, c_.to_w}, &c_.rule});
  EXPECT_TRUE(to.intact());
  // A position's rounding moves a weight by so much of a pixel.
  const double tolerance = 8 * kEpsilon * (c_.h + c_.w);
  for (int plane = 0; plane < 3 * kImages; ++plane) {
    for (int y = 0; y < c_.to_h; ++y) {
      for (int x = 0; x < c_.to_w; ++x) {
        const float value = to.data()[(plane * c_.to_h + y) * c_.to_w + x];
        ASSERT_NEAR(static_cast<double>(value), expected(from.data() + plane * c_.h * c_.w, y, x), tolerance)
            << plane << ": " << y << ", " << x;
      }
    }
  }
}

TEST_P(Resampling, TheAdjointIsOne) {
  ResampleRule linear = c_.rule;
  linear.fill = 0;
  const auto x = random_values(elements(c_.h, c_.w), -1, 1, 2),
             y = random_values(elements(c_.to_h, c_.to_w), -1, 1, 3);
  std::vector<float> ax(y.size());
  FencedBuffer aty(x.size());
  const Planar<const float> from{x.data(), kImages, 3, c_.h, c_.w},
      dto{y.data(), kImages, 3, c_.to_h, c_.to_w};
  const Planar<float> to{ax.data(), kImages, 3, c_.to_h, c_.to_w}, dfrom{aty.data(), kImages, 3, c_.h, c_.w};
  cpu::resample(threads(1), {from, to, &linear});
  cpu::resample_adjoint(threads(2), {dto, dfrom, &c_.rule});
  EXPECT_TRUE(aty.intact());
  expect_adjoint(x, ax, y, aty.values(), 32 * kEpsilon);
}

TEST_P(Resampling, SameBytesWhateverTheThreads) {
  const auto x = random_values(elements(c_.h, c_.w), -1, 1, 4),
             y = random_values(elements(c_.to_h, c_.to_w), -1, 1, 5);
  std::vector<float> to[2] = {std::vector<float>(y.size()), std::vector<float>(y.size())};
  std::vector<float> dfrom[2] = {std::vector<float>(x.size()), std::vector<float>(x.size())};
  for (const int i : {0, 1}) {
    cpu::resample(
        threads(i + 1),
        {{x.data(), kImages, 3, c_.h, c_.w}, {to[i].data(), kImages, 3, c_.to_h, c_.to_w}, &c_.rule});
    cpu::resample_adjoint(
        threads(i + 1),
        {{y.data(), kImages, 3, c_.to_h, c_.to_w}, {dfrom[i].data(), kImages, 3, c_.h, c_.w}, &c_.rule});
  }
  EXPECT_TRUE(same_bits(to[0], to[1]));
  EXPECT_TRUE(same_bits(dfrom[0], dfrom[1]));
}

constexpr SampleAxis kSame{1, 0, 0, 0};

INSTANTIATE_TEST_SUITE_P(
    Cases, Resampling,
    ::testing::Values(Case{"Identity", 5, 7, 5, 7, {kSame, kSame, 0.5F}},
                      Case{"Pad", 5, 7, 11, 13, {{1, -3, 0, 0}, {1, -3, 0, 0}, 0.5F}},
                      Case{"Crop", 9, 12, 4, 7, {{1, 3, 0, 0}, {1, 5, 0, 0}, 0}},
                      Case{"Shift", 9, 12, 9, 12, {{1, -2, 0, 0}, {1, 4, 0, 0}, 0}},
                      Case{"Mirror", 6, 5, 14, 13, {{1, -4, 0, 4}, {1, -4, 0, 4}, 0.25F}},
                      Case{"MirrorAll", 3, 4, 13, 12, {{1, -5, 0, 2}, {1, -4, 0, 3}, 0.25F}},
                      Case{"FromTheCorner", 10, 13, 14, 9, {{10.0F / 14, 0, 1, 0}, {13.0F / 9, 0, 1, 0}, 0}},
                      Case{"Corners", 10, 13, 31, 5, {{9.0F / 30, 0, 1, 0}, {12.0F / 4, 0, 1, 0}, 0}},
                      Case{"HalfPixels", 10, 13, 11, 10, {{0.9F, -0.05F, 1, 0}, {1.3F, 0.15F, 1, 0}, 0}},
                      Case{"OnePixel", 1, 1, 6, 5, {{0.2F, -0.4F, 1, 0}, {0.2F, -0.4F, 1, 0}, 0}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Resample, WholeMovesAreExact) {
  const auto from = random_values(3 * 6 * 5, 0, 1, 6);
  std::vector<float> to(3 * 8 * 9);
  const ResampleRule rule{{1, -1, 0, 0}, {1, -2, 0, 0}, 0.5F};
  cpu::resample(threads(1), {{from.data(), 1, 3, 6, 5}, {to.data(), 1, 3, 8, 9}, &rule});
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 9; ++x) {
        const bool inside = y >= 1 && y < 7 && x >= 2 && x < 7;
        const float expected = inside ? from[static_cast<std::size_t>((c * 6 + y - 1) * 5 + x - 2)] : 0.5F;
        EXPECT_EQ(to[static_cast<std::size_t>((c * 8 + y) * 9 + x)], expected);
      }
    }
  }
}

}  // namespace
}  // namespace limpid::resample_test
