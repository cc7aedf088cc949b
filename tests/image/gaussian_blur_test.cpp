#include "kernels/ops/gaussian_blur.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/image/support.h"

namespace limpid::gaussian_blur_test {
namespace {

using namespace test;

constexpr float kDeviations[] = {0, 0.3F, 1, 2.7F, 20};

struct Pictures {
  int n, h, w;
  std::size_t elements() const {
    return static_cast<std::size_t>(n) * 3 * static_cast<std::size_t>(h) * static_cast<std::size_t>(w);
  }
  template <class T>
  Planar<T> view(T* data) const {
    return {data, n, 3, h, w};
  }
};
constexpr Pictures kSmall = {5, 9, 14};

std::vector<float> blur(const std::vector<float>& in, BlurAxis axis, bool adjoint, int team = 2,
                        Pictures size = kSmall, const float* deviations = kDeviations) {
  FencedBuffer out(in.size());
  cpu::gaussian_blur(threads(team), {size.view(in.data()), size.view(out.data()), deviations, axis, adjoint});
  EXPECT_TRUE(out.intact());
  return {out.values().begin(), out.values().end()};
}

/// One line by the definition, in double precision.
double expected(const Planar<const float>& in, int image, int c, int y, int x, BlurAxis axis) {
  const double deviation = static_cast<double>(kDeviations[image]);
  const int extent = axis == BlurAxis::rows ? in.w : in.h, at = axis == BlurAxis::rows ? x : y;
  const int radius = std::min(static_cast<int>(std::ceil(3 * deviation)), extent - 1);
  double sum = 0, weights = 0;
  for (int k = -radius; k <= radius; ++k) {
    int i = std::abs(at + k);
    if (i >= extent) i = 2 * (extent - 1) - i;
    const double weight = k == 0 ? 1 : std::exp(-0.5 * k * k / (deviation * deviation));
    const int pixel = axis == BlurAxis::rows ? y * in.w + i : i * in.w + x;
    sum += weight * static_cast<double>(in.plane(image, c)[pixel]);
    weights += weight;
  }
  return sum / weights;
}

class Blurring : public ::testing::TestWithParam<BlurAxis> {};

TEST_P(Blurring, FollowsTheDefinition) {
  const auto in = random_values(kSmall.elements(), -1, 1, 1);
  const auto out = blur(in, GetParam(), false);
  const auto from = kSmall.view(in.data()), to = kSmall.view(out.data());
  for (int n = 0; n < kSmall.n; ++n) {
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < kSmall.h; ++y) {
        for (int x = 0; x < kSmall.w; ++x) {
          // Weights of up to 13 products of two, summed, and their sum.
          ASSERT_NEAR(to.plane(n, c)[y * kSmall.w + x], expected(from, n, c, y, x, GetParam()),
                      4 * 14 * 27 * kEpsilon);
        }
      }
    }
  }
}

TEST_P(Blurring, AdjointIsTheAdjoint) {
  const auto x = random_values(kSmall.elements(), -1, 1, 2), y = random_values(kSmall.elements(), -1, 1, 3);
  expect_adjoint(x, blur(x, GetParam(), false), y, blur(y, GetParam(), true), 1e-6);
}

TEST_P(Blurring, ThreadsChangeNoBit) {
  const auto x = random_values(kSmall.elements(), -1, 1, 4);
  for (const bool adjoint : {false, true}) {
    EXPECT_TRUE(same_bits(blur(x, GetParam(), adjoint, 1), blur(x, GetParam(), adjoint, 3)));
  }
}

TEST_P(Blurring, NothingIsACopyAndOnePixelStays) {
  const auto x = random_values(kSmall.elements(), -1, 1, 5);
  const float none[5] = {};
  EXPECT_TRUE(same_bits(blur(x, GetParam(), false, 1, kSmall, none), x));
  const Pictures one{5, 1, 1};
  const auto pixel = random_values(one.elements(), -1, 1, 6);
  EXPECT_TRUE(same_bits(blur(pixel, GetParam(), false, 1, one), pixel));
  EXPECT_TRUE(same_bits(blur(pixel, GetParam(), true, 1, one), pixel));
}

INSTANTIATE_TEST_SUITE_P(Axes, Blurring, ::testing::Values(BlurAxis::rows, BlurAxis::columns),
                         [](const auto& info) { return info.param == BlurAxis::rows ? "rows" : "columns"; });

}  // namespace
}  // namespace limpid::gaussian_blur_test
