// The bodies that surround a device library's C2R and R2C, on the host.

#include <gtest/gtest.h>

#include <string>

#include "kernels/fft/fft.h"
#include "kernels/fft/half_spectrum.body.h"
#include "tests/image/support.h"

namespace limpid {
namespace {

using namespace test;

template <class Body>
void apply(const HalfSpectrum& spectrum, int planes, int count) {
  for (int plane = 0; plane < planes; ++plane) {
    const Body body(spectrum, plane);
    for (int i = 0; i < count; ++i) body(i);
  }
}

class HalfSpectra : public ::testing::TestWithParam<FftShape> {
 protected:
  FftShape shape = GetParam();
  std::size_t signal_size = static_cast<std::size_t>(shape.planes * shape.h * shape.w);
  std::size_t spectrum_size = static_cast<std::size_t>(2 * shape.planes * shape.h * shape.columns());

  bool is_own_mirror(int kx) const { return kx == 0 || 2 * kx == shape.w; }

  /// Calls f(ky, kx, index of the real part) for every coefficient of every plane.
  template <class F>
  void for_each_coefficient(const F& f) const {
    for (int i = 0; i < shape.planes * shape.h * shape.columns(); ++i) {
      f(i / shape.columns() % shape.h, i % shape.columns(), 2 * static_cast<std::size_t>(i));
    }
  }
};

TEST_P(HalfSpectra, ProjectionMakesOwnMirrorsHermitianAndChangesNoSignal) {
  auto spectrum = random_values(spectrum_size, -1, 1, 1);
  const auto original = spectrum;
  apply<ProjectToHermitianBody>(HalfSpectrum{spectrum.data(), shape.h, shape.w}, shape.planes,
                                shape.h / 2 + 1);
  for_each_coefficient([&](int ky, int kx, std::size_t i) {
    if (!is_own_mirror(kx)) {
      EXPECT_EQ(spectrum[i], original[i]);
      EXPECT_EQ(spectrum[i + 1], original[i + 1]);
      return;
    }
    const int mirror = (shape.h - ky) % shape.h;
    const std::size_t j = i +
                          2 * static_cast<std::size_t>(mirror) * static_cast<std::size_t>(shape.columns()) -
                          2 * static_cast<std::size_t>(ky) * static_cast<std::size_t>(shape.columns());
    EXPECT_EQ(spectrum[i], spectrum[j]);
    EXPECT_EQ(spectrum[i + 1], -spectrum[j + 1]);
  });
  const auto plan = cpu::make_fft_plan(shape);
  std::vector<float> before(signal_size), after(signal_size);
  auto input = original;
  plan->inverse(threads(1), input.data(), before.data());
  plan->inverse(threads(1), spectrum.data(), after.data());
  for (std::size_t i = 0; i < signal_size; ++i) EXPECT_NEAR(before[i], after[i], 1e-6 * norm(original));
}

TEST_P(HalfSpectra, WeightsMakeAForwardTransformTheAdjoint) {
  const auto dsignal = random_values(signal_size, -1, 1, 2);
  std::vector<float> adjoint(spectrum_size);
  cpu::make_fft_plan(shape)->inverse_adjoint(threads(1), dsignal.data(), adjoint.data());
  // What R2C would give: weight one everywhere, and rounding where exact zeros belong.
  auto forward = adjoint;
  for_each_coefficient([&](int ky, int kx, std::size_t i) {
    if (!is_own_mirror(kx)) {
      forward[i] /= 2;
      forward[i + 1] /= 2;
    } else if (ky == 0 || 2 * ky == shape.h) {
      forward[i + 1] = 1e-6F;
    }
  });
  apply<WeighHalfSpectrumBody>(HalfSpectrum{forward.data(), shape.h, shape.w}, shape.planes,
                               shape.h * shape.columns());
  EXPECT_EQ(forward, adjoint);
}

INSTANTIATE_TEST_SUITE_P(Shapes, HalfSpectra,
                         ::testing::Values(FftShape{2, 1, 1}, FftShape{2, 1, 2}, FftShape{2, 2, 1},
                                           FftShape{2, 3, 2}, FftShape{2, 5, 7}, FftShape{2, 8, 6},
                                           FftShape{2, 9, 10}),
                         [](const auto& info) {
                           return std::to_string(info.param.h) + "x" + std::to_string(info.param.w);
                         });

}  // namespace
}  // namespace limpid
