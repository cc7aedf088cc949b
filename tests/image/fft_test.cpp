#include "kernels/fft/fft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <limits>
#include <numbers>
#include <string>

#include "kernels/core/error.h"
#include "tests/image/support.h"

namespace limpid {
namespace {

using namespace test;

std::size_t signal_size(const FftShape& s) {
  return static_cast<std::size_t>(s.planes) * static_cast<std::size_t>(s.h) * static_cast<std::size_t>(s.w);
}
std::size_t spectrum_size(const FftShape& s) {
  return 2 * static_cast<std::size_t>(s.planes) * static_cast<std::size_t>(s.h) *
         static_cast<std::size_t>(s.columns());
}

bool is_own_mirror(const FftShape& shape, int kx) {
  return kx == 0 || 2 * kx == shape.w;
}

/// e^{2 pi i k / n} for k in [0, n).
std::vector<std::complex<double>> roots(int n) {
  std::vector<std::complex<double>> root;
  for (int k = 0; k < n; ++k) root.push_back(std::polar(1.0, 2 * std::numbers::pi * k / n));
  return root;
}

/// The definition in fft.h, one dimension after the other.
std::vector<double> defined_inverse(const FftShape& s, const std::vector<float>& spectrum) {
  const auto root_h = roots(s.h), root_w = roots(s.w);
  std::vector<double> signal(signal_size(s));
  std::vector<std::complex<double>> column(static_cast<std::size_t>(s.columns()));
  for (int plane = 0; plane < s.planes; ++plane) {
    for (int y = 0; y < s.h; ++y) {
      for (int kx = 0; kx < s.columns(); ++kx) {
        std::complex<double> sum = 0;
        for (int ky = 0; ky < s.h; ++ky) {
          const auto i = 2 * static_cast<std::size_t>((plane * s.h + ky) * s.columns() + kx);
          sum += std::complex<double>(spectrum[i], spectrum[i + 1]) *
                 root_h[static_cast<std::size_t>(std::int64_t{ky} * y % s.h)];
        }
        column[static_cast<std::size_t>(kx)] = is_own_mirror(s, kx) ? sum : 2.0 * sum;
      }
      for (int x = 0; x < s.w; ++x) {
        double sum = 0;
        for (int kx = 0; kx < s.columns(); ++kx) {
          sum += std::real(column[static_cast<std::size_t>(kx)] *
                           root_w[static_cast<std::size_t>(std::int64_t{kx} * x % s.w)]);
        }
        signal[static_cast<std::size_t>((plane * s.h + y) * s.w + x)] = sum;
      }
    }
  }
  return signal;
}

double relative_error(std::span<const float> actual, std::span<const double> expected) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    difference += std::pow(static_cast<double>(actual[i]) - expected[i], 2);
    size += expected[i] * expected[i];
  }
  return std::sqrt(difference / size);
}

class Fft : public ::testing::TestWithParam<FftShape> {};

TEST_P(Fft, InverseFollowsTheDefinition) {
  const FftShape shape = GetParam();
  auto spectrum = random_values(spectrum_size(shape), -1, 1, 1);
  const auto expected = defined_inverse(shape, spectrum);
  FencedBuffer signal(signal_size(shape));
  cpu::make_fft_plan(shape)->inverse(threads(2), spectrum.data(), signal.data());
  EXPECT_LE(relative_error(signal.values(), expected), 1e-6);
  EXPECT_TRUE(signal.intact());
}

TEST_P(Fft, AdjointIsTheAdjoint) {
  const FftShape shape = GetParam();
  auto spectrum = random_values(spectrum_size(shape), -1, 1, 2);
  const auto x = spectrum;
  const auto dsignal = random_values(signal_size(shape), -1, 1, 3);
  std::vector<float> signal(signal_size(shape));
  FencedBuffer dspectrum(spectrum_size(shape));
  const auto plan = cpu::make_fft_plan(shape);
  plan->inverse(threads(2), spectrum.data(), signal.data());
  plan->inverse_adjoint(threads(2), dsignal.data(), dspectrum.data());
  expect_adjoint(x, signal, dsignal, dspectrum.values(), 1e-6);
  EXPECT_TRUE(dspectrum.intact());
}

TEST_P(Fft, EntriesThatDoNotCountReceiveZero) {
  const FftShape shape = GetParam();
  const auto dsignal = random_values(signal_size(shape), -1, 1, 4);
  std::vector<float> dspectrum(spectrum_size(shape));
  cpu::make_fft_plan(shape)->inverse_adjoint(threads(1), dsignal.data(), dspectrum.data());
  for (int plane = 0; plane < shape.planes; ++plane) {
    for (const int ky : {0, shape.h / 2}) {
      for (const int kx : {0, shape.w / 2}) {
        if ((ky != 0 && 2 * ky != shape.h) || !is_own_mirror(shape, kx)) continue;
        const int entry = (plane * shape.h + ky) * shape.columns() + kx;
        EXPECT_EQ(dspectrum[2 * static_cast<std::size_t>(entry) + 1], 0.0F);
      }
    }
  }
}

TEST_P(Fft, ThreadsChangeNoBit) {
  const FftShape shape = GetParam();
  const auto spectrum = random_values(spectrum_size(shape), -1, 1, 5);
  const auto dsignal = random_values(signal_size(shape), -1, 1, 6);
  std::vector<float> signal[2], dspectrum[2];
  const auto plan = cpu::make_fft_plan(shape);
  for (const int run : {0, 1}) {
    const Stream stream = threads(run == 0 ? 1 : 5);
    auto input = spectrum;
    signal[run].resize(signal_size(shape));
    dspectrum[run].resize(spectrum_size(shape));
    plan->inverse(stream, input.data(), signal[run].data());
    plan->inverse_adjoint(stream, dsignal.data(), dspectrum[run].data());
  }
  EXPECT_TRUE(same_bits(signal[0], signal[1]));
  EXPECT_TRUE(same_bits(dspectrum[0], dspectrum[1]));
}

TEST_P(Fft, PlanesDoNotMeet) {
  FftShape shape = GetParam();
  const auto spectrum = random_values(spectrum_size(shape), -1, 1, 7);
  std::vector<float> together(signal_size(shape));
  auto input = spectrum;
  cpu::make_fft_plan(shape)->inverse(threads(2), input.data(), together.data());
  const int planes = shape.planes;
  shape.planes = 1;
  const auto plan = cpu::make_fft_plan(shape);
  for (std::size_t i = 0; i < static_cast<std::size_t>(planes); ++i) {
    std::vector<float> alone(signal_size(shape));
    std::copy_n(spectrum.data() + i * spectrum_size(shape), spectrum_size(shape), input.data());
    plan->inverse(threads(1), input.data(), alone.data());
    EXPECT_TRUE(same_bits(alone, std::span(together).subspan(i * alone.size(), alone.size())));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Fft,
                         ::testing::Values(FftShape{1, 1, 1}, FftShape{2, 1, 2}, FftShape{3, 2, 3},
                                           FftShape{2, 3, 2}, FftShape{3, 7, 5}, FftShape{3, 8, 8},
                                           FftShape{2, 9, 16}, FftShape{2, 17, 15}, FftShape{3, 31, 17},
                                           FftShape{2, 22, 121}, FftShape{3, 64, 48}, FftShape{1, 101, 103},
                                           FftShape{8, 40, 1}, FftShape{8, 1, 40}, FftShape{30, 96, 100},
                                           FftShape{3, 224, 224}),
                         [](const auto& info) {
                           return std::to_string(info.param.planes) + "x" + std::to_string(info.param.h) +
                                  "x" + std::to_string(info.param.w);
                         });

TEST(FftExact, AConstantSpectrumIsAnImpulse) {
  // Powers of two with small integers round nowhere but in twiddles, whose errors cancel to below half a
  // unit.
  const FftShape shape{1, 16, 32};
  std::vector<float> spectrum(spectrum_size(shape));
  for (std::size_t i = 0; i < spectrum.size(); i += 2) spectrum[i] = 1;
  std::vector<float> signal(signal_size(shape));
  cpu::make_fft_plan(shape)->inverse(threads(1), spectrum.data(), signal.data());
  EXPECT_EQ(signal[0], 512.0F);
  for (std::size_t i = 1; i < signal.size(); ++i) EXPECT_LE(std::abs(signal[i]), 1e-4F) << i;
}

TEST(FftExact, AverageIsExact) {
  const FftShape shape{1, 6, 10};
  std::vector<float> spectrum(spectrum_size(shape));
  spectrum[0] = 3;
  spectrum[1] = 1000;  // An imaginary average does not count.
  std::vector<float> signal(signal_size(shape));
  cpu::make_fft_plan(shape)->inverse(threads(1), spectrum.data(), signal.data());
  for (const float value : signal) EXPECT_EQ(value, 3.0F);
}

TEST(FftExact, NonFiniteValuesStayInTheirPlane) {
  const FftShape shape{2, 12, 12};
  auto spectrum = random_values(spectrum_size(shape), -1, 1, 8);
  spectrum[5] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> signal(signal_size(shape));
  cpu::make_fft_plan(shape)->inverse(threads(2), spectrum.data(), signal.data());
  EXPECT_TRUE(std::isnan(signal[0]));
  for (std::size_t i = signal.size() / 2; i < signal.size(); ++i) EXPECT_TRUE(std::isfinite(signal[i]));
}

TEST(FftExact, APlanForgetsWhatItTransformed) {
  const FftShape shape{1, 9, 11};
  const auto plan = cpu::make_fft_plan(shape);
  std::vector<float> nan_spectrum(spectrum_size(shape), std::numeric_limits<float>::quiet_NaN());
  std::vector<float> nan_signal(signal_size(shape));
  plan->inverse(threads(1), nan_spectrum.data(), nan_signal.data());
  std::vector<float> dspectrum(spectrum_size(shape));
  plan->inverse_adjoint(threads(1), nan_signal.data(), dspectrum.data());
  const auto spectrum = random_values(spectrum_size(shape), -1, 1, 9);
  std::vector<float> used(signal_size(shape)), fresh(signal_size(shape));
  auto input = spectrum;
  plan->inverse(threads(1), input.data(), used.data());
  input = spectrum;
  cpu::make_fft_plan(shape)->inverse(threads(1), input.data(), fresh.data());
  EXPECT_TRUE(same_bits(used, fresh));
}

TEST(FftPlanning, RefusesImpossibleShapes) {
  for (const FftShape shape :
       {FftShape{0, 4, 4}, FftShape{1, 0, 4}, FftShape{1, 4, -1}, FftShape{1, 100000, 100000}}) {
    try {
      cpu::make_fft_plan(shape);
      FAIL() << shape.planes << " x " << shape.h << " x " << shape.w << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
  }
}

TEST(FftPlanning, FactorsAnyLength) {
  const auto factors = [](int h, int w) { return cpu::make_fft_plan({1, h, w})->algorithm(); };
  EXPECT_THAT(factors(1, 224), ::testing::HasSubstr("1 by 4x4x2x7"));
  EXPECT_THAT(factors(121, 997), ::testing::HasSubstr("11x11 by 997"));
  EXPECT_THAT(factors(2 * 3 * 5 * 7 * 11 * 13, 1), ::testing::HasSubstr("2x3x5x7x11x13 by 1"));
}

}  // namespace
}  // namespace limpid
