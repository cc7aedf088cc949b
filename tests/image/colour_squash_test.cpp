#include "kernels/ops/colour_squash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>

#include "kernels/core/exp.h"
#include "tests/image/support.h"

namespace limpid::colour_squash_test {
namespace {

using namespace test;

TEST(Exp, IsWithinTwoTenMillionthsOfTheRealOne) {
  double worst = 0;
  for (float x = -87; x < 88; x += 0.00173F) {
    const double expected = std::exp(static_cast<double>(x));
    worst = std::max(worst, std::abs(static_cast<double>(exp_f32(x)) / expected - 1));
  }
  EXPECT_LE(worst, 2e-7);
  EXPECT_EQ(exp_f32(0), 1.0F);
}

TEST(Exp, HoldsAtTheEnds) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isnan(exp_f32(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_EQ(exp_f32(kInfinity), exp_f32(88));
  EXPECT_EQ(exp_f32(-kInfinity), exp_f32(-87));
  EXPECT_EQ(sigmoid(kInfinity), 1.0F);
  EXPECT_LT(sigmoid(-kInfinity), 1e-37F);
  EXPECT_EQ(sigmoid(0), 0.5F);
  EXPECT_TRUE(std::isnan(sigmoid(std::numeric_limits<float>::quiet_NaN())));
}

/// Images whose planes are no multiple of a vector.
constexpr int kImages = 3, kH = 57, kW = 71;
constexpr std::size_t kPixels = kH * kW, kElements = kImages * 3 * kPixels;

template <class T>
Planar<T> images(T* data, int n = kImages) {
  return {data, n, 3, kH, kW};
}

/// Calls f(image, channel indices of one pixel) for every pixel.
template <class F>
void for_each_pixel(const F& f) {
  for (std::size_t image = 0; image < kImages; ++image) {
    for (std::size_t i = 0; i < kPixels; ++i) {
      const std::size_t first = image * 3 * kPixels + i;
      f(std::array{first, first + kPixels, first + 2 * kPixels});
    }
  }
}

class ColourSquashing : public ::testing::TestWithParam<ColourMatrix> {};

TEST_P(ColourSquashing, FollowsTheDefinition) {
  const ColourMatrix matrix = GetParam();
  const auto latent = random_values(kElements, -6, 6, 1);
  FencedBuffer rgb(kElements);
  cpu::colour_squash(threads(2), {images(latent.data()), images(rgb.data()), matrix});
  for_each_pixel([&](const auto& at) {
    for (std::size_t row = 0; row < 3; ++row) {
      double mixed = 0, size = 0;
      for (std::size_t column = 0; column < 3; ++column) {
        const double term =
            static_cast<double>(matrix.value[row][column]) * static_cast<double>(latent[at[column]]);
        mixed += term;
        size += std::abs(term);
      }
      const double expected = 1 / (1 + std::exp(-mixed));
      // Three roundings of the sum act through the slope, then exp, addition and division.
      const double tolerance =
          expected * (1 - expected) * 3 * kEpsilon * size + expected * (2e-7 + 3 * kEpsilon);
      ASSERT_LE(std::abs(static_cast<double>(rgb.values()[at[row]]) - expected), tolerance);
    }
  });
  EXPECT_TRUE(rgb.intact());
}

TEST_P(ColourSquashing, AdjointFollowsTheDefinition) {
  const ColourMatrix matrix = GetParam();
  const auto rgb = random_values(kElements, 0, 1, 2);
  const auto drgb = random_values(kElements, -1, 1, 3);
  FencedBuffer dlatent(kElements);
  cpu::colour_squash_adjoint(threads(2),
                             {images(rgb.data()), images(drgb.data()), images(dlatent.data()), matrix});
  for_each_pixel([&](const auto& at) {
    for (std::size_t column = 0; column < 3; ++column) {
      double expected = 0, size = 0;
      for (std::size_t row = 0; row < 3; ++row) {
        const double value = rgb[at[row]];
        const double term = static_cast<double>(matrix.value[row][column]) * value * (1 - value) *
                            static_cast<double>(drgb[at[row]]);
        expected += term;
        size += std::abs(term);
      }
      // Six roundings per term; 1 - rgb is exact to one.
      ASSERT_LE(std::abs(static_cast<double>(dlatent.values()[at[column]]) - expected),
                8 * kEpsilon * size + 1e-12);
    }
  });
  EXPECT_TRUE(dlatent.intact());
}

TEST_P(ColourSquashing, AdjointAgreesWithFiniteDifferences) {
  const ColourMatrix matrix = GetParam();
  const auto latent = random_values(kElements, -2, 2, 4);
  const auto direction = random_values(kElements, -1, 1, 5);
  const auto drgb = random_values(kElements, -1, 1, 6);
  constexpr float kStep = 1e-2F;
  const auto value_at = [&](float step) {
    std::vector<float> moved(kElements), rgb(kElements);
    for (std::size_t i = 0; i < kElements; ++i) moved[i] = latent[i] + step * direction[i];
    cpu::colour_squash(threads(1), {images<const float>(moved.data()), images(rgb.data()), matrix});
    return dot(rgb, drgb);
  };
  std::vector<float> rgb(kElements), dlatent(kElements);
  cpu::colour_squash(threads(1), {images(latent.data()), images(rgb.data()), matrix});
  cpu::colour_squash_adjoint(
      threads(1), {images<const float>(rgb.data()), images(drgb.data()), images(dlatent.data()), matrix});
  const double difference = (value_at(kStep) - value_at(-kStep)) / (2 * static_cast<double>(kStep));
  const double scale = norm(dlatent) * norm(direction) / std::sqrt(static_cast<double>(kElements));
  // The third derivative of the logistic function is below 1/8: truncation is about step^2 / 48.
  EXPECT_LE(std::abs(difference - dot(dlatent, direction)), 1e-4 * norm(direction) + 1e-4 * scale);
  EXPECT_GT(std::abs(dot(dlatent, direction)), 1e-1);
}

INSTANTIATE_TEST_SUITE_P(Matrices, ColourSquashing, ::testing::Values(kPlainColours, kDecorrelatedColours),
                         [](const auto& info) { return info.index == 0 ? "plain" : "decorrelated"; });

TEST(ColourSquash, ThreadsBatchAndPlaceChangeNoBit) {
  const auto latent = random_values(kElements, -6, 6, 7);
  const auto drgb = random_values(kElements, -1, 1, 8);
  std::vector<float> rgb(kElements), dlatent(kElements);
  cpu::colour_squash(threads(1), {images(latent.data()), images(rgb.data()), kDecorrelatedColours});
  cpu::colour_squash_adjoint(threads(1), {images<const float>(rgb.data()), images(drgb.data()),
                                          images(dlatent.data()), kDecorrelatedColours});
  std::vector<float> other = latent;
  cpu::colour_squash(threads(4),
                     {images<const float>(other.data()), images(other.data()), kDecorrelatedColours});
  EXPECT_TRUE(same_bits(other, rgb));
  other = drgb;
  cpu::colour_squash_adjoint(threads(4), {images<const float>(rgb.data()), images<const float>(other.data()),
                                          images(other.data()), kDecorrelatedColours});
  EXPECT_TRUE(same_bits(other, dlatent));
  constexpr std::size_t kImage = 3 * kPixels;
  for (std::size_t image = 0; image < kImages; ++image) {
    std::vector<float> alone(kImage);
    cpu::colour_squash(threads(1), {images(latent.data() + image * kImage, 1), images(alone.data(), 1),
                                    kDecorrelatedColours});
    EXPECT_TRUE(same_bits(alone, std::span(rgb).subspan(image * kImage, kImage)));
  }
}

TEST(ColourSquash, DecorrelatingMatrixIsTheNormalisedRoot) {
  const double root[3][3] = {{0.26, 0.09, 0.02}, {0.27, 0.00, -0.05}, {0.27, -0.09, 0.03}};
  double longest = 0;
  for (int column = 0; column < 3; ++column) {
    double square = 0;
    for (const auto& row : root) square += row[column] * row[column];
    longest = std::max(longest, std::sqrt(square));
  }
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      EXPECT_NEAR(static_cast<double>(kDecorrelatedColours.value[row][column]), root[row][column] / longest,
                  1e-8 * 6);
    }
  }
}

}  // namespace
}  // namespace limpid::colour_squash_test
