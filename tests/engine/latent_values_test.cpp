// Latent pictures of Fourier coefficients and of phases, and their gradients, against definitions in double
// precision that know no fast transform. (Pyramids, CPPNs and shared terms: pyramid_sum_test, cppn_test,
// shared_images_test.)
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/image_kinds.h"
#include "engine/network/threads.h"
#include "tests/engine/bound_images.h"

namespace limpid {
namespace {

using Doubles = std::vector<double>;

constexpr int kPlanes = 3;

struct Size {
  int h, w;
  int columns() const { return w / 2 + 1; }
  /// How often a column of the half spectrum stands in the whole one.
  int weight(int kx) const { return kx == 0 || 2 * kx == w ? 1 : 2; }
  double frequency(int ky, int kx) const {
    const double fy = static_cast<double>(2 * ky <= h ? ky : ky - h) / h;
    return std::hypot(fy, static_cast<double>(kx) / w);
  }
  double angle(int ky, int kx, int y, int x) const {
    return 2 * std::numbers::pi * (1.0 * ky * y / h + 1.0 * kx * x / w);
  }
};

void PrintTo(const Size& size, std::ostream* out) {
  *out << size.h << 'x' << size.w;
}

/// Sum of weight * factor(ky, kx) * (re cos - im sin), which is the real inverse transform of a half
/// spectrum.
template <class Factor, class Coefficient>
Doubles transformed(const Size& size, const Factor& factor, const Coefficient& coefficient) {
  Doubles latent;
  for (int plane = 0; plane < kPlanes; ++plane) {
    for (int y = 0; y < size.h; ++y) {
      for (int x = 0; x < size.w; ++x) {
        double sum = 0;
        for (int ky = 0; ky < size.h; ++ky) {
          for (int kx = 0; kx < size.columns(); ++kx) {
            const auto [re, im] = coefficient(plane, ky, kx);
            const double angle = size.angle(ky, kx, y, x);
            sum += size.weight(kx) * factor(ky, kx) * (re * std::cos(angle) - im * std::sin(angle));
          }
        }
        latent.push_back(sum);
      }
    }
  }
  return latent;
}

/// lucid's fft_image: irfft2 of coefficients times sqrt(w h) / max(f, 1 / max(w, h))^decay, over 4.
Doubles spectral(const Size& size, const Doubles& parameters, double decay) {
  const auto factor = [&](int ky, int kx) {
    const double f = std::max(size.frequency(ky, kx), 1.0 / std::max(size.h, size.w));
    return std::sqrt(1.0 * size.h * size.w) / std::pow(f, decay) / 4 / (size.h * size.w);
  };
  return transformed(size, factor, [&](int plane, int ky, int kx) {
    const auto at = static_cast<std::size_t>(2 * ((plane * size.h + ky) * size.columns() + kx));
    return std::pair(parameters[at], parameters[at + 1]);
  });
}

Doubles standardised(Doubles values) {
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(values.size()));
  for (double& value : values) value = (value - mean) / (deviation + 1e-5);
  return values;
}

/// Phases, standardised, under magnitudes f^-1.4; the picture standardised. The mean square of the picture
/// before that is one for random phases, which matters to the epsilon alone.
Doubles maco(const Size& size, const Doubles& parameters) {
  const Doubles phase = standardised(parameters);
  double power = 0;
  for (int ky = 0; ky < size.h; ++ky) {
    for (int kx = 0; kx < size.columns(); ++kx) {
      const double f = size.frequency(ky, kx);
      if (f > 0) power += size.weight(kx) * std::pow(f, -2.8);
    }
  }
  const auto factor = [&](int ky, int kx) {
    const double f = size.frequency(ky, kx);
    return f == 0 ? 0 : std::pow(f, -1.4) / std::sqrt(power);
  };
  return standardised(transformed(size, factor, [&](int plane, int ky, int kx) {
    const double angle = phase[static_cast<std::size_t>((plane * size.h + ky) * size.columns() + kx)];
    return std::pair(std::cos(angle), std::sin(angle));
  }));
}

class LatentValues : public ::testing::TestWithParam<Size> {
 protected:
  /// Value and gradient of <latent, weights> against those of `define`, which is the same in double
  /// precision.
  template <class Define>
  void expect_agreement(const ImageForm& form, const Define& define, double tolerance) {
    const Size size = GetParam();
    HostThreads threads(2);
    const auto backend = cpu::make_backend();
    const auto images = test::bind_images(*backend, threads.stream(), form, 1, size.h, size.w);
    const auto count = static_cast<std::size_t>(images->layout().total());
    std::mt19937 random(4);
    std::normal_distribution<float> normal;
    std::vector<float> parameters(count);
    for (float& value : parameters) value = normal(random);
    const Planar<const float> latent = images->decode(threads.stream(), parameters.data());
    const Doubles at(parameters.begin(), parameters.end()), expected = define(at);
    ASSERT_EQ(static_cast<std::size_t>(latent.elements()), expected.size());
    double largest = 0;
    for (const double value : expected) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_LE(std::abs(static_cast<double>(latent.data[i]) - expected[i]), tolerance * largest) << i;
    }

    std::vector<float> weights(expected.size());
    for (float& weight : weights) weight = normal(random);
    std::vector<float> dlatent = weights;
    const float* gradient = images->decode_adjoint(
        threads.stream(), Planar<const float>{dlatent.data(), 1, kPlanes, size.h, size.w});
    const auto value_of = [&](const Doubles& moved) {
      const Doubles values = define(moved);
      double sum = 0;
      for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * static_cast<double>(weights[i]);
      return sum;
    };
    const float* scale = images->gradient_scale();
    Doubles actual(count), derivative(count);
    double length = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t in_plane = i % static_cast<std::size_t>(images->layout().count);
      actual[i] =
          static_cast<double>(gradient[i]) * (scale != nullptr ? static_cast<double>(scale[in_plane]) : 1);
      constexpr double kStep = 1e-5;
      Doubles above = at, below = at;
      above[i] += kStep;
      below[i] -= kStep;
      derivative[i] = (value_of(above) - value_of(below)) / (2 * kStep);
      length += derivative[i] * derivative[i];
    }
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_LE(std::abs(actual[i] - derivative[i]), tolerance * std::sqrt(length)) << i;
    }
  }
};

TEST_P(LatentValues, SpectralIsLucidsDefinition) {
  for (const float decay : {1.0F, 1.5F, 0.0F}) {
    SCOPED_TRACE(decay);
    expect_agreement(
        {Spectral{.decay_power = decay}},
        [&](const Doubles& p) { return spectral(GetParam(), p, static_cast<double>(decay)); }, 2e-6);
  }
}

TEST_P(LatentValues, MacoIsPhasesUnderFixedMagnitudes) {
  expect_agreement(
      {Maco{}}, [&](const Doubles& p) { return maco(GetParam(), p); }, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LatentValues,
                         ::testing::Values(Size{6, 8}, Size{7, 9}, Size{9, 4}, Size{5, 6}),
                         [](const auto& info) {
                           return std::to_string(info.param.h) + "x" + std::to_string(info.param.w);
                         });

}  // namespace
}  // namespace limpid
