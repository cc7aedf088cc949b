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
#include "tests/engine/some_decoder.h"

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

/// A layer: an upconvolution adds each value, times a filter, to the four pixels by four around where it comes to lie.
Doubles layer_of(const DecoderLayer& l, const Doubles& from) {
  const int pixels = l.height * l.width;
  Doubles made(static_cast<std::size_t>(l.outputs * pixels));
  const auto at = [](int index) { return static_cast<std::size_t>(index); };
  const auto tap = [&](int index) { return static_cast<double>(l.filter[at(index)]); };
  for (int i = 0; i < l.outputs * pixels; ++i) {
    const int plane = i / pixels, y = i / l.width % l.height, x = i % l.width;
    double sum = static_cast<double>(l.bias[at(l.kind == DecoderLayer::Kind::dense ? i : plane)]);
    for (int c = 0; c < l.inputs; ++c) {
      if (l.kind == DecoderLayer::Kind::dense) sum += tap(i * l.inputs + c) * from[at(c)];
      for (int k = 0; l.kind == DecoderLayer::Kind::convolution && k < 9; ++k) {
        const int row = y + k / 3 - 1, column = x + k % 3 - 1;
        if (row < 0 || column < 0 || row >= l.height || column >= l.width) continue;
        sum += tap((plane * l.inputs + c) * 9 + k) * from[at((c * l.height + row) * l.width + column)];
      }
      for (int j = 0; l.kind == DecoderLayer::Kind::upconvolution && j < pixels / 4; ++j) {
        const int row = y + 1 - 2 * (j / (l.width / 2)), column = x + 1 - 2 * (j % (l.width / 2));
        if (row < 0 || column < 0 || row >= 4 || column >= 4) continue;
        sum += tap(((c * l.outputs + plane) * 4 + row) * 4 + column) * from[at(c * pixels / 4 + j)];
      }
    }
    made[at(i)] = sum;
  }
  return made;
}

Doubles decoded(const Decoder& decoder, const Doubles& parameters) {
  Doubles values = parameters;
  for (const DecoderLayer& layer : decoder.layers) {
    values = layer_of(layer, values);
    if (&layer == &decoder.layers.back()) continue;
    for (double& value : values) value = std::max(value, 0.0);
  }
  return values;
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

TEST_P(LatentValues, DecodersAreTheirLayers) {
  const auto decoder = test::some_decoder(GetParam().h, GetParam().w);
  expect_agreement(
      {Decoded{decoder, 0}}, [&](const Doubles& p) { return decoded(*decoder, p); }, 2e-6);
}

/// Of a map as large as the picture, or half as large where that can be.
TEST_P(LatentValues, DecodersOfMapsAreTheirLayers) {
  const Size size = GetParam();
  const auto decoder = test::some_map_decoder(size.h % 2 == 0 && size.w % 2 == 0 ? 1 : 0);
  ASSERT_TRUE(decoder->makes(size.h, size.w));
  Decoder of_size = *decoder;
  for (DecoderLayer& layer : of_size.layers) {
    layer.height *= size.h / decoder->height();
    layer.width *= size.w / decoder->width();
  }
  expect_agreement(
      {Decoded{decoder, 0}}, [&](const Doubles& p) { return decoded(of_size, p); }, 2e-6);
}

/// The penalty is the gradient of penalty / 2 |z|^2, and changes nothing else.
TEST_P(LatentValues, ADecodersLatentIsPulledToZero) {
  constexpr float kPenalty = 0.5F;
  const Size size = GetParam();
  HostThreads threads(2);
  const auto backend = cpu::make_backend();
  const auto decoder = test::some_decoder(size.h, size.w);
  std::vector<float> parameters(static_cast<std::size_t>(decoder->latent)), gradients[2];
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  for (float& value : parameters) value = normal(random);
  std::vector<float> weights(static_cast<std::size_t>(kPlanes * size.h * size.w));
  for (float& weight : weights) weight = normal(random);
  for (const bool pulled : {false, true}) {
    const auto images = test::bind_images(*backend, threads.stream(),
                                          {Decoded{decoder, pulled ? kPenalty : 0}}, 1, size.h, size.w);
    images->decode(threads.stream(), parameters.data());
    const float* gradient = images->decode_adjoint(
        threads.stream(), Planar<const float>{weights.data(), 1, kPlanes, size.h, size.w});
    gradients[pulled].assign(gradient, gradient + decoder->latent);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i)
    EXPECT_EQ(gradients[1][i], gradients[0][i] - kPenalty * parameters[i]) << i;
}

INSTANTIATE_TEST_SUITE_P(Sizes, LatentValues,
                         ::testing::Values(Size{6, 8}, Size{7, 9}, Size{9, 4}, Size{5, 6}),
                         [](const auto& info) {
                           return std::to_string(info.param.h) + "x" + std::to_string(info.param.w);
                         });

}  // namespace
}  // namespace limpid
