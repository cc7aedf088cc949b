// The image side's operations on the CUDA device against the CPU's. Both work in fp32 on the same operands;
// they differ where a product and a sum are contracted, and in the last bits of logarithms, sines and
// exponentials.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "kernels/fft/fft.h"
#include "kernels/ops/advance_slots.h"
#include "kernels/ops/backdrop.h"
#include "kernels/ops/colour_squash.h"
#include "kernels/ops/fix_pixels.h"
#include "kernels/ops/gaussian_blur.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/parameter_update.h"
#include "kernels/ops/pyramid_sum.h"
#include "kernels/ops/shared_levels.h"
#include "kernels/ops/spectrum_scale.h"
#include "kernels/ops/strided_copy.h"
#include "tests/gpu/parity_support.h"
#include "tests/image/support.h"

namespace limpid {
namespace {

using namespace test;

class ImageParity : public DeviceTest {
 protected:
  Stream device_;
};

TEST_F(ImageParity, InitialiseParameters) {
  constexpr std::int64_t kCount = 5001;
  const Floats start(static_cast<std::size_t>(kImages * kCount), -1);
  Floats host = start;
  const DeviceArray<float> values(start);
  const DeviceArray<SlotKey> keys(kKeys);
  cpu::initialise_parameters({}, {host.data(), kKeys.data(), kImages, kCount, 0.01F});
  cuda::initialise_parameters(device_, {values.data(), keys.data(), kImages, kCount, 0.01F});
  // At most 5.8 deviations; angles of up to 2 pi and logarithms of up to 17 are good to a few units.
  expect_near(values.values(), host, 0.01 * 5.8 * 40 * kEpsilon);
  constexpr RandomPurpose kBackground = RandomPurpose::background;
  cpu::initialise_parameters({}, {host.data(), kKeys.data(), kImages, kCount, 0.5F, kBackground});
  cuda::initialise_parameters(device_, {values.data(), keys.data(), kImages, kCount, 0.5F, kBackground});
  expect_near(values.values(), host, 0.5 * 5.8 * 40 * kEpsilon);
}

TEST_F(ImageParity, SpectrumScale) {
  constexpr int kPlanes = 9;
  constexpr std::int64_t kCount = 2 * 31 * 17;
  const Floats spectrum = random_values(kPlanes * kCount, -2, 2, 1);
  const Floats scale = spectrum_scale_table(31, 32, 1);
  Floats host(spectrum.size());
  const DeviceArray<float> in(spectrum), factors(scale), out(host);
  cpu::spectrum_scale({}, {spectrum.data(), scale.data(), host.data(), kPlanes, kCount});
  cuda::spectrum_scale(device_, {in.data(), factors.data(), out.data(), kPlanes, kCount});
  EXPECT_TRUE(same_bits(out.values(), host));
}

TEST_F(ImageParity, ColourSquash) {
  constexpr int kH = 13, kW = 37;
  const Floats latent = random_values(size(kImages, 3, kH, kW), -8, 8, 2);
  const Floats drgb = random_values(latent.size(), -1, 1, 3);
  const DeviceArray<float> device_latent(latent), device_drgb(drgb);
  for (const ColourMatrix& matrix : {kPlainColours, kDecorrelatedColours}) {
    Floats rgb(latent.size()), dlatent(latent.size());
    const DeviceArray<float> device_rgb(rgb), device_dlatent(dlatent);
    const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
    cpu::colour_squash({}, {view(latent.data()), view(rgb.data()), matrix});
    cuda::colour_squash(device_, {view(device_latent.data()), view(device_rgb.data()), matrix});
    // The argument, of up to 16, rounds a few times; the logistic function's slope is at most 1/4.
    expect_near(device_rgb.values(), rgb, (16 * 4 / 4 + 4) * kEpsilon);

    const DeviceArray<float> same_rgb(rgb);
    cpu::colour_squash_adjoint(
        {}, {view(std::as_const(rgb).data()), view(drgb.data()), view(dlatent.data()), matrix});
    cuda::colour_squash_adjoint(
        device_, {view(same_rgb.data()), view(device_drgb.data()), view(device_dlatent.data()), matrix});
    expect_near(device_dlatent.values(), dlatent, 3 * 0.25 * 6 * kEpsilon);
  }
}

TEST_F(ImageParity, FixPixels) {
  constexpr int kH = 13, kW = 37;
  const Floats start = random_values(size(kImages, 3, kH, kW), 0, 1, 20);
  const Floats fixed = random_values(start.size(), 0, 1, 21);
  Floats mask = random_values(size(kImages, 1, kH, kW), 0, 1, 22);
  for (std::size_t i = 0; i < mask.size(); i += 2) mask[i] = static_cast<float>(i / 2 % 2);
  Floats rgb = start, drgb = fixed;
  const DeviceArray<float> d_rgb(rgb), d_fixed(fixed), d_mask(mask), d_drgb(drgb);
  const auto view = [](auto* data, int channels = 3) { return Planar{data, kImages, channels, kH, kW}; };
  cpu::fix_pixels({}, {view(rgb.data()), view(fixed.data()), view(mask.data(), 1)});
  cuda::fix_pixels(device_, {view(d_rgb.data()), view(d_fixed.data()), view(d_mask.data(), 1)});
  expect_near(d_rgb.values(), rgb, 2 * kEpsilon);  // A contracted product.
  cpu::fix_pixels_adjoint({}, {view(drgb.data()), view(mask.data(), 1)});
  cuda::fix_pixels_adjoint(device_, {view(d_drgb.data()), view(d_mask.data(), 1)});
  EXPECT_TRUE(same_bits(d_drgb.values(), drgb));
}

TEST_F(ImageParity, StridedCopy) {
  constexpr int kRows = 3, kCount = 5001, kFromStride = 5010, kToStride = 6000;
  const Floats from = random_values(kRows * kFromStride, -1, 1, 23);
  Floats host(kRows * kToStride, 7);
  const DeviceArray<float> device_from(from), to(host);
  cpu::strided_copy({}, {from.data(), kFromStride, host.data(), kToStride, kRows, kCount});
  cuda::strided_copy(device_, {device_from.data(), kFromStride, to.data(), kToStride, kRows, kCount});
  EXPECT_TRUE(same_bits(to.values(), host));
}

TEST_F(ImageParity, PyramidSum) {
  constexpr int kH = 97, kW = 70;
  const PyramidShape shape = pyramid_shape(kH, kW);
  const Floats parameters = random_values(static_cast<std::size_t>(9 * shape.count), -1, 1, 24);
  const Floats dlatent = random_values(size(kImages, 3, kH, kW), -1, 1, 25);
  Floats latent(dlatent.size()), dparameters(parameters.size());
  const DeviceArray<float> d_parameters(parameters), d_dlatent(dlatent), d_latent(latent),
      d_dparameters(dparameters);
  const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  cpu::pyramid_sum({}, {parameters.data(), shape, view(latent.data())});
  cuda::pyramid_sum(device_, {d_parameters.data(), shape, view(d_latent.data())});
  // A coordinate below 128 is contracted with its cell's number, and a sample moves by at most two per pixel,
  // each way, on four levels.
  expect_near(d_latent.values(), latent, 4 * (2 * 2 * 128 + 8) * kEpsilon);
  cpu::pyramid_sum_adjoint({}, {view(dlatent.data()), shape, dparameters.data()});
  cuda::pyramid_sum_adjoint(device_, {view(std::as_const(d_dlatent).data()), shape, d_dparameters.data()});
  // Sums of up to 19 x 19 products with such weights.
  expect_near(d_dparameters.values(), dparameters, 19 * 19 * (2 * 128 + 2 * 19) * kEpsilon);
}

TEST_F(ImageParity, SharedLevels) {
  constexpr int kH = 97, kW = 70, kGap = 5;
  const std::vector<int> divisors = {4, 16, 1, 97};
  const SharedLevelShape shape = shared_level_shape(divisors, kH, kW);
  const std::int64_t stride = kGap + 3 * shape.count;
  const Floats base = random_values(size(kImages, 3, kH, kW), -1, 1, 26);
  const Floats copies = random_values(static_cast<std::size_t>(kImages * stride), -1, 1, 27);
  Floats sum(base.size()), gradient(copies.size()), rows(size(3, kH, shape.columns));
  const DeviceArray<float> d_base(base), d_copies(copies), d_sum(sum), d_gradient(gradient), d_rows(rows);
  const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  cpu::shared_levels({}, {view(base.data()), {copies.data() + kGap, stride}, shape, view(sum.data())});
  cuda::shared_levels(
      device_,
      {view(std::as_const(d_base).data()), {d_copies.data() + kGap, stride}, shape, view(d_sum.data())});
  expect_near(d_sum.values(), sum, 5 * (2 * 2 * 128 + 8) * kEpsilon);
  // One job of two images and a photo.
  cpu::shared_levels_adjoint({},
                             {view(base.data()), shape, 2, 3, rows.data(), {gradient.data() + kGap, stride}});
  cuda::shared_levels_adjoint(
      device_,
      {view(std::as_const(d_base).data()), shape, 2, 3, d_rows.data(), {d_gradient.data() + kGap, stride}});
  // Of two images up to 97 x 70 values times such weights, summed along rows and down columns.
  expect_near(d_gradient.values(), gradient, 2.0 * kH * kW * (2 * 128 + 2 * (kH + kW)) * kEpsilon);
}

TEST_F(ImageParity, Backdrop) {
  constexpr int kH = 13, kW = 37;
  const auto view = [](auto* data, int channels = 3) { return Planar{data, kImages, channels, kH, kW}; };
  const Floats picture = random_values(size(kImages, 4, kH, kW), 0, 1, 23);
  const Floats background = random_values(size(kImages, 3, kH, kW), 0, 1, 24);
  const Floats dshown = random_values(background.size(), -1, 1, 25);
  Floats shown(background.size()), dpicture(picture.size());
  const DeviceArray<float> d_picture(picture), d_background(background), d_dshown(dshown), d_shown(shown),
      d_dpicture(dpicture);
  cpu::backdrop({}, {view(picture.data(), 4), view(background.data()), view(shown.data())});
  cuda::backdrop(device_, {view(d_picture.data(), 4), view(d_background.data()), view(d_shown.data())});
  expect_near(d_shown.values(), shown, 2 * kEpsilon);  // A contracted product.
  cpu::backdrop_adjoint(
      {}, {view(picture.data(), 4), view(background.data()), view(dshown.data()), view(dpicture.data(), 4)});
  cuda::backdrop_adjoint(device_, {view(d_picture.data(), 4), view(d_background.data()),
                                   view(d_dshown.data()), view(d_dpicture.data(), 4)});
  expect_near(d_dpicture.values(), dpicture, 4 * kEpsilon);
}

TEST_F(ImageParity, GaussianBlur) {
  constexpr int kH = 19, kW = 45;
  const Floats deviations = {0, 0.8F, 6};
  const Floats picture = random_values(size(kImages, 3, kH, kW), -1, 1, 16);
  const DeviceArray<float> device_picture(picture), device_deviations(deviations);
  const auto view = [](auto* data) { return Planar{data, kImages, 3, kH, kW}; };
  for (const BlurAxis axis : {BlurAxis::rows, BlurAxis::columns}) {
    for (const bool adjoint : {false, true}) {
      Floats host(picture.size());
      const DeviceArray<float> out(host);
      cpu::gaussian_blur({}, {view(picture.data()), view(host.data()), deviations.data(), axis, adjoint});
      cuda::gaussian_blur(device_, {view(std::as_const(device_picture).data()), view(out.data()),
                                    device_deviations.data(), axis, adjoint});
      // The first ratio is good to two units, its powers to the square of their exponent, where they count.
      expect_near(out.values(), host, 2 * 18 * 37 * kEpsilon);
    }
  }
}

TEST_F(ImageParity, ImagePenalty) {
  struct Shape {
    int h, w;
  };
  for (const Shape& s : {Shape{1, 1}, Shape{3, 40}, Shape{61, 70}}) {
    const Floats rgb = random_values(size(kImages, 4, s.h, s.w), 0, 1, 8);
    Floats drgb = random_values(rgb.size(), -1, 1, 9), residual(rgb.size());
    constexpr std::array kKinds = {TermKind::l1,   TermKind::l2,       TermKind::total_variation,
                                   TermKind::blur, TermKind::boundary, TermKind::distance,
                                   TermKind::alpha};
    constexpr int kTerms = kKinds.size();
    std::vector<PenaltyTerm> terms(size(kImages, kTerms));
    for (std::size_t i = 0; i < terms.size(); ++i) {
      terms[i].kind = kKinds[i % kTerms];
      terms[i].weight = 0.5F;
      terms[i].width = 5;
      terms[i].column = i % 4 == 3 ? 1 : 0;
    }
    std::vector<double> values(size(kImages, 2), 3), sums(penalty_sums(kImages, kTerms));
    const DeviceArray<float> device_rgb(rgb), device_drgb(drgb), device_residual(residual);
    const DeviceArray<PenaltyTerm> device_terms(terms);
    const DeviceArray<double> device_values(values), device_sums(sums);
    const auto view = [&](auto* data) { return Planar{data, kImages, 4, s.h, s.w}; };
    cpu::image_penalty({}, {view(rgb.data()), view(drgb.data()), terms.data(), values.data(), sums.data(),
                            residual.data(), kTerms, 2});
    cuda::image_penalty(
        device_, {view(std::as_const(device_rgb).data()), view(device_drgb.data()), device_terms.data(),
                  device_values.data(), device_sums.data(), device_residual.data(), kTerms, 2});
    // Slopes are below 8, of up to 32 operations.
    expect_near(device_drgb.values(), drgb, 8 * 32 * kEpsilon);
    const std::vector<double> actual = device_values.values();
    // Residuals, at most one, to 32 operations; what is summed of them twice that.
    const double error = 64 * kEpsilon * static_cast<double>(size(3, s.h, s.w));
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(actual[i], values[i], error) << i;
  }
}

TEST_F(ImageParity, AdvanceSlots) {
  const std::vector<double> values = {1.5, std::numeric_limits<double>::quiet_NaN(), -2};
  const std::vector<std::int32_t> non_finite = {0, 0, 1};
  const std::vector<ReluGradient> relu_rules(kImages, ReluGradient::redirected);
  const std::vector<std::uint32_t> relu_steps = {1, 42, 5000};
  std::vector<SlotKey> keys = kKeys;
  std::vector<double> curve(size(kImages, 50), -1);
  std::vector<std::int32_t> failed(kImages);
  std::vector<ReluGradient> relu(kImages, ReluGradient{-1});
  const DeviceArray<double> d_values(values), d_curve(curve);
  const DeviceArray<std::int32_t> d_non_finite(non_finite), d_failed(failed);
  const DeviceArray<ReluGradient> d_relu_rules(relu_rules), d_relu(relu);
  const DeviceArray<std::uint32_t> d_relu_steps(relu_steps);
  const DeviceArray<SlotKey> d_keys(keys);
  std::vector<UpdateRule> rules(kImages);
  rules[0].optimiser = Optimiser::nadam;
  rules[1].schedule = RateSchedule::cosine;
  rules[1].steps = 100;
  rules[2].warmup_steps = 4000;
  Floats rate(kImages), momentum(kImages, 1);
  const DeviceArray<UpdateRule> d_rules(rules);
  const DeviceArray<float> d_rate(rate), d_momentum(momentum);
  for (int step = 0; step < 2; ++step) {
    cpu::advance_slots(
        {}, {keys.data(), values.data(), non_finite.data(), curve.data(), failed.data(), relu_rules.data(),
             relu_steps.data(), relu.data(), rules.data(), rate.data(), momentum.data(), kImages, 50});
    cuda::advance_slots(device_, {d_keys.data(), d_values.data(), d_non_finite.data(), d_curve.data(),
                                  d_failed.data(), d_relu_rules.data(), d_relu_steps.data(), d_relu.data(),
                                  d_rules.data(), d_rate.data(), d_momentum.data(), kImages, 50});
  }
  EXPECT_EQ(d_failed.values(), failed);
  EXPECT_EQ(d_relu.values(), relu);
  // Cosines and exponentials of order one differ in their last bits.
  expect_near(d_rate.values(), rate, 0.05 * 8 * kEpsilon);
  expect_near(d_momentum.values(), momentum, 2 * 8 * kEpsilon);
  const std::vector<SlotKey> actual_keys = d_keys.values();
  for (std::size_t i = 0; i < kImages; ++i) EXPECT_EQ(actual_keys[i].step, kKeys[i].step + 2);
  const std::vector<double> actual_curve = d_curve.values();
  EXPECT_EQ(std::memcmp(actual_curve.data(), curve.data(), curve.size() * sizeof(double)), 0);
}

TEST_F(ImageParity, GradientNorm) {
  constexpr int kPlanes = 3;
  constexpr std::int64_t kCount = 2047;
  const Floats gradient = random_values(kImages * kPlanes * kCount, -2, 2, 10);
  const Floats scale = random_values(kCount, 0.1F, 3, 6);
  const std::vector<double> parts(kImages * kGradientNormParts);
  for (const bool scaled : {false, true}) {
    std::vector<double> sums = parts;
    Floats factor(kImages);
    const DeviceArray<double> d_parts(parts);
    const DeviceArray<float> d_gradient(gradient), d_scale(scale), d_factor(factor);
    cpu::gradient_norm({}, {gradient.data(), scaled ? scale.data() : nullptr, sums.data(), factor.data(),
                            kImages, kPlanes, kCount});
    cuda::gradient_norm(device_, {d_gradient.data(), scaled ? d_scale.data() : nullptr, d_parts.data(),
                                  d_factor.data(), kImages, kPlanes, kCount});
    // Sums in double precision, in other orders: one rounding to fp32 apart.
    expect_near(d_factor.values(), factor, 2 * 2 * kEpsilon);
  }
}

TEST_F(ImageParity, ParameterUpdate) {
  constexpr int kPlanes = 3;
  constexpr std::int64_t kCount = 2047;
  constexpr std::size_t kElements = kImages * kPlanes * kCount;
  const Floats rates = {0.05F, 0.01F, 0.02F}, momentum = {1, 0.01F, 0}, factors = {1, 2, 0.5F};
  const Floats scale = random_values(kCount, 0.1F, 3, 6);
  for (const Optimiser optimiser : {Optimiser::adam, Optimiser::nadam, Optimiser::ascent}) {
    for (const bool scaled : {false, true}) {
      SCOPED_TRACE(testing::Message() << static_cast<int>(optimiser) << (scaled ? " scaled" : ""));
      Floats parameters = random_values(kElements, -1, 1, 7), first = random_values(kElements, -1, 1, 8),
             second = random_values(kElements, 0.01F, 1, 9), gradient = random_values(kElements, -2, 2, 10);
      gradient[kPlanes * kCount + 1000] = std::numeric_limits<float>::quiet_NaN();  // In image 1.
      std::fill(gradient.begin() + 2 * kPlanes * kCount, gradient.end(), 0.0F);
      std::vector<UpdateRule> rules(kImages);
      for (UpdateRule& rule : rules) rule.optimiser = optimiser;
      rules[2].epsilon_form = EpsilonForm::uncorrected;
      std::vector<std::int32_t> flags(kImages), moved = {0, 7, 0};
      const DeviceArray<float> d_parameters(parameters), d_first(first), d_second(second),
          d_gradient(gradient), d_scale(scale), d_rates(rates), d_momentum(momentum), d_factors(factors);
      const DeviceArray<SlotKey> d_keys(kKeys);
      const DeviceArray<UpdateRule> d_rules(rules);
      const DeviceArray<std::int32_t> d_flags(flags), d_moved(moved);
      cpu::parameter_update(
          {}, {parameters.data(), first.data(), second.data(), gradient.data(),
               scaled ? scale.data() : nullptr, kKeys.data(), rules.data(), rates.data(), momentum.data(),
               factors.data(), flags.data(), moved.data(), kImages, kPlanes, kCount});
      cuda::parameter_update(device_, {d_parameters.data(), d_first.data(), d_second.data(),
                                       d_gradient.data(), scaled ? d_scale.data() : nullptr, d_keys.data(),
                                       d_rules.data(), d_rates.data(), d_momentum.data(), d_factors.data(),
                                       d_flags.data(), d_moved.data(), kImages, kPlanes, kCount});
      EXPECT_EQ(d_flags.values(), flags);
      EXPECT_EQ(flags, (std::vector<std::int32_t>{0, 1, 0}));
      EXPECT_EQ(d_moved.values(), moved);
      EXPECT_EQ(moved, (std::vector<std::int32_t>{1, 7, 0}));
      Floats p = d_parameters.values(), m = d_first.values(), v = d_second.values();
      for (auto* values : {&parameters, &first, &second, &p, &m, &v}) {
        if (optimiser != Optimiser::ascent || values == &parameters || values == &p) {
          EXPECT_TRUE(std::isnan((*values)[kPlanes * kCount + 1000]));
        }
        (*values)[kPlanes * kCount + 1000] = 0;
      }
      expect_near(m, first, 2 * 4 * kEpsilon);
      expect_near(v, second, 2 * 4 * kEpsilon);
      // A step is the rate times m_hat / sqrt(v_hat), here at most 1 / sqrt(0.01) times the corrections'
      // ratio, below 4, and some twenty roundings; adding it rounds a parameter of at most 4.
      expect_near(p, parameters, (0.05 * 40 * 20 + 4) * kEpsilon);
    }
  }
}

TEST_F(ImageParity, FftAndItsAdjoint) {
  for (const FftShape& shape : {FftShape{3, 224, 224}, FftShape{6, 15, 21}, FftShape{3, 8, 9},
                                FftShape{2, 1, 1}, FftShape{1, 97, 64}}) {
    SCOPED_TRACE(testing::Message() << shape.planes << " x " << shape.h << " x " << shape.w);
    const Floats spectrum = random_values(2 * size(shape.planes, shape.h, shape.columns()), -1, 1, 11);
    const Floats dsignal = random_values(size(shape.planes, shape.h, shape.w), -1, 1, 12);
    Floats host_spectrum = spectrum, signal(dsignal.size()), dspectrum(spectrum.size());
    const DeviceArray<float> d_spectrum(spectrum), d_dsignal(dsignal), d_signal(signal),
        d_dspectrum(dspectrum);

    const auto host = cpu::make_fft_plan(shape);
    const auto device = cuda::make_fft_plan(shape);
    host->inverse({}, host_spectrum.data(), signal.data());
    device->inverse(device_, d_spectrum.data(), d_signal.data());
    host->inverse_adjoint({}, dsignal.data(), dspectrum.data());
    device->inverse_adjoint(device_, d_dsignal.data(), d_dspectrum.data());

    // Relative to the norm, an FFT's error grows with the logarithm of its length.
    const double stages = std::log2(static_cast<double>(shape.h) * shape.w) + 1;
    const auto expect_same = [&](Floats actual, const Floats& expected) {
      const double scale = norm(expected);
      for (std::size_t i = 0; i < actual.size(); ++i) actual[i] -= expected[i];
      EXPECT_LE(norm(actual), 4 * stages * kEpsilon * scale);
    };
    expect_same(d_signal.values(), signal);
    expect_same(d_dspectrum.values(), dspectrum);
  }
}

}  // namespace
}  // namespace limpid
