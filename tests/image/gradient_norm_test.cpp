#include "kernels/ops/gradient_norm.h"

#include <gtest/gtest.h>

#include "tests/image/support.h"

namespace limpid::gradient_norm_test {
namespace {

using namespace test;

constexpr int kImages = 3, kPlanes = 3;
constexpr std::size_t kCount = 2 * 31 * 67, kImage = kPlanes * kCount, kElements = kImages * kImage;

std::vector<float> factors(const std::vector<float>& gradient, const float* scale, int thread_count,
                           std::size_t first = 0, int images = kImages) {
  std::vector<double> parts(static_cast<std::size_t>(images) * kGradientNormParts, -1);
  std::vector<float> factor(static_cast<std::size_t>(images));
  cpu::gradient_norm(threads(thread_count), {gradient.data() + first * kImage, scale, parts.data(),
                                             factor.data(), images, kPlanes, kCount});
  return factor;
}

TEST(GradientNorm, IsTheReciprocalOfTheRootMeanSquareOfEachPicture) {
  auto gradient = random_values(kElements, -2, 2, 1);
  for (std::size_t i = 0; i < kImage; ++i) gradient[i] *= 1e-12F;
  const auto table = random_values(kCount, 0.1F, 3, 2);
  for (const float* scale : {static_cast<const float*>(nullptr), table.data()}) {
    const std::vector<float> factor = factors(gradient, scale, 2);
    for (std::size_t image = 0; image < kImages; ++image) {
      double sum = 0;
      for (std::size_t i = 0; i < kImage; ++i) {
        const double g = static_cast<double>(gradient[image * kImage + i]) *
                         (scale == nullptr ? 1.0 : static_cast<double>(scale[i % kCount]));
        sum += g * g;
      }
      const double expected = 1 / std::sqrt(sum / static_cast<double>(kImage));
      // Scaling rounds each term once, the result rounds once.
      EXPECT_LE(std::abs(static_cast<double>(factor[image]) - expected), 3 * kEpsilon * expected);
    }
  }
}

TEST(GradientNorm, OfNothingLeavesNothing) {
  std::vector<float> gradient = random_values(kElements, -2, 2, 1);
  std::fill(gradient.begin(), gradient.begin() + kImage, 0.0F);
  const float factor = factors(gradient, nullptr, 1).front();
  EXPECT_EQ(0.0F * factor, 0.0F) << factor;
}

TEST(GradientNorm, ThreadsAndBatchChangeNoBit) {
  const auto gradient = random_values(kElements, -2, 2, 3);
  const auto together = factors(gradient, nullptr, 4);
  for (std::size_t image = 0; image < kImages; ++image) {
    EXPECT_EQ(factors(gradient, nullptr, 1, image, 1).front(), together[image]);
  }
}

}  // namespace
}  // namespace limpid::gradient_norm_test
