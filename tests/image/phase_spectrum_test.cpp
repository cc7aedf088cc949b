// What MACO is made of: spectra of fixed magnitude, and standardised images.
#include "kernels/ops/phase_spectrum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/ops/standardise.h"
#include "tests/image/support.h"

namespace limpid::phase_spectrum_test {
namespace {

using namespace test;

constexpr int kImages = 2, kChannels = 3;
constexpr std::int64_t kCount = 41 * 29;
constexpr std::size_t kPhases = kImages * kChannels * kCount;

TEST(PhaseSpectrum, FollowsTheDefinitionAndItsDerivative) {
  const auto phase = random_values(kPhases, -9, 9, 1);
  const auto magnitude = random_values(kChannels * kCount, 0, 5, 2);
  const auto dspectrum = random_values(2 * kPhases, -1, 1, 3);
  FencedBuffer spectrum(2 * kPhases), dphase(kPhases);
  cpu::phase_spectrum(threads(2),
                      {phase.data(), magnitude.data(), spectrum.data(), kImages, kChannels, kCount});
  cpu::phase_spectrum_adjoint(threads(2), {phase.data(), magnitude.data(), dspectrum.data(), dphase.data(),
                                           kImages, kChannels, kCount});
  for (std::size_t i = 0; i < kPhases; ++i) {
    const auto m = static_cast<double>(magnitude[i % (kChannels * kCount)]);
    const auto p = static_cast<double>(phase[i]);
    // Sine and cosine to two units, and a product.
    ASSERT_LE(std::abs(static_cast<double>(spectrum.values()[2 * i]) - m * std::cos(p)), 4 * m * kEpsilon);
    ASSERT_LE(std::abs(static_cast<double>(spectrum.values()[2 * i + 1]) - m * std::sin(p)),
              4 * m * kEpsilon);
    const double derivative = m * (std::cos(p) * static_cast<double>(dspectrum[2 * i + 1]) -
                                   std::sin(p) * static_cast<double>(dspectrum[2 * i]));
    ASSERT_LE(std::abs(static_cast<double>(dphase.values()[i]) - derivative), 12 * m * kEpsilon);
  }
  EXPECT_TRUE(spectrum.intact());
  EXPECT_TRUE(dphase.intact());
}

constexpr std::int64_t kValues = 3 * 57 * 71;  // More than one block, and no multiple of one.
constexpr float kMargin = 1e-5F;

struct Standardised {
  std::vector<float> y = std::vector<float>(kImages * kValues);
  std::vector<float> dx = std::vector<float>(kImages * kValues);
  std::vector<ImageMoments> moments = std::vector<ImageMoments>(kImages);
};

Standardised standardise(const std::vector<float>& x, const std::vector<float>& dy, int thread_count) {
  Standardised result;
  std::vector<PartialSums> partials(static_cast<std::size_t>(kImages * standardise_blocks(kValues)));
  cpu::standardise(threads(thread_count), {x.data(), result.y.data(), result.moments.data(), partials.data(),
                                           kImages, kValues, kMargin});
  result.dx = dy;  // In place.
  cpu::standardise_adjoint(threads(thread_count),
                           {result.y.data(), result.dx.data(), result.dx.data(), result.moments.data(),
                            partials.data(), kImages, kValues, kMargin});
  return result;
}

/// The definition in double precision, of one image.
std::vector<double> reference(const std::vector<double>& x) {
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  std::vector<double> y;
  for (const double v : x) y.push_back((v - mean) / (std::sqrt(variance) + static_cast<double>(kMargin)));
  return y;
}

TEST(Standardise, FollowsTheDefinition) {
  auto x = random_values(kImages * kValues, 2, 5, 4);
  for (std::size_t i = kValues; i < x.size(); ++i) x[i] *= 1e4F;
  const Standardised actual = standardise(x, x, 3);
  for (std::size_t image = 0; image < kImages; ++image) {
    const auto begin = x.begin() + static_cast<std::ptrdiff_t>(image * kValues);
    const std::vector<double> expected = reference({begin, begin + kValues});
    for (std::size_t i = 0; i < kValues; ++i) {
      // The mean, four deviations away, rounds to fp32, and so do difference and product.
      ASSERT_LE(std::abs(static_cast<double>(actual.y[image * kValues + i]) - expected[i]), 12 * kEpsilon);
    }
  }
}

TEST(Standardise, AdjointAgreesWithFiniteDifferences) {
  const auto x = random_values(kImages * kValues, -1, 3, 5);
  const auto dy = random_values(kImages * kValues, -1, 1, 6);
  auto direction = random_values(kImages * kValues, -1, 1, 7);
  // Along itself and along ones the exact gradient is all but zero: there it is told from a naive one.
  for (std::size_t i = 0; i < direction.size(); ++i) direction[i] += 0.5F * x[i] + 1;
  const Standardised actual = standardise(x, dy, 2);
  for (std::size_t image = 0; image < kImages; ++image) {
    constexpr double kStep = 1e-4;
    const auto value_at = [&](double step) {
      std::vector<double> moved(kValues);
      for (std::size_t i = 0; i < kValues; ++i) {
        moved[i] = static_cast<double>(x[image * kValues + i]) +
                   step * static_cast<double>(direction[image * kValues + i]);
      }
      const std::vector<double> y = reference(moved);
      double sum = 0;
      for (std::size_t i = 0; i < kValues; ++i) sum += y[i] * static_cast<double>(dy[image * kValues + i]);
      return sum;
    };
    const double difference = (value_at(kStep) - value_at(-kStep)) / (2 * kStep);
    const std::span<const float> dx = std::span(actual.dx).subspan(image * kValues, kValues);
    const std::span<const float> along = std::span<const float>(direction).subspan(image * kValues, kValues);
    EXPECT_LE(std::abs(difference - dot(dx, along)), 1e-6 * norm(dx) * norm(along));
    EXPECT_GT(std::abs(difference), 1e-4 * norm(dx) * norm(along));
  }
}

TEST(Standardise, OfAConstantIsNothing) {
  const std::vector<float> x(kImages * kValues, 0.25F);
  const auto dy = random_values(kImages * kValues, -1, 1, 8);
  const Standardised actual = standardise(x, dy, 2);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(actual.y[i], 0.0F);
    ASSERT_TRUE(std::isfinite(actual.dx[i]));
  }
}

TEST(Standardise, NanIsSeen) {
  auto x = random_values(kImages * kValues, -1, 3, 11);
  x[7] = std::numeric_limits<float>::quiet_NaN();
  const Standardised actual = standardise(x, x, 2);
  EXPECT_TRUE(std::isnan(actual.y[0]));
  EXPECT_FALSE(std::isnan(actual.y[kValues])) << "its neighbour's trouble";
}

}  // namespace
}  // namespace limpid::phase_spectrum_test
