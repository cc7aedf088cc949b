// The forms of colour_squash beside the usual one: clipped colours, gray, opacity.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kernels/ops/colour_squash.h"
#include "tests/image/support.h"

namespace limpid::colour_forms_test {
namespace {

using namespace test;

constexpr int kImages = 2, kH = 33, kW = 41;
constexpr std::size_t kPixels = kH * kW;
constexpr ColourMatrix kSkewed = {{{0.5F, 0.25F, -0.1F}, {-0.3F, 0.8F, 0.05F}, {0.2F, 0.1F, 1.1F}}};
constexpr ColourOffset kOffset = {{0.48F, 0.1F, 0.9F}};

template <class T>
Planar<T> planes(T* data, int channels) {
  return {data, kImages, channels, kH, kW};
}

struct Form {
  Squash squash;
  int colour_planes;  ///< Of the latent.
  bool opacity;

  int latent_planes() const { return colour_planes + (opacity ? 1 : 0); }
  int rgb_planes() const { return opacity ? 4 : 3; }
  std::size_t latents() const { return kImages * kPixels * static_cast<std::size_t>(latent_planes()); }
  std::size_t colours() const { return kImages * kPixels * static_cast<std::size_t>(rgb_planes()); }
};

std::size_t at(int image, int channel, int channels, std::size_t pixel) {
  return static_cast<std::size_t>(image * channels + channel) * kPixels + pixel;
}

/// The definition in double precision.
std::vector<double> reference(const Form& form, const std::vector<float>& latent) {
  std::vector<double> rgb(form.colours());
  const auto value = [&](int image, int channel, std::size_t pixel) {
    return static_cast<double>(latent[at(image, channel, form.latent_planes(), pixel)]);
  };
  const auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  for (int image = 0; image < kImages; ++image) {
    for (std::size_t pixel = 0; pixel < kPixels; ++pixel) {
      for (int c = 0; c < 3; ++c) {
        double x = 0;
        if (form.colour_planes == 1) {
          x = value(image, 0, pixel);
        } else {
          for (int k = 0; k < 3; ++k) {
            x += static_cast<double>(kSkewed.value[c][k]) * value(image, k, pixel);
          }
          if (form.squash == Squash::clip) x += static_cast<double>(kOffset.value[c]);
        }
        rgb[at(image, c, form.rgb_planes(), pixel)] =
            form.squash == Squash::sigmoid ? logistic(x) : std::min(std::max(x, 0.0), 1.0);
      }
      if (form.opacity) {
        rgb[at(image, 3, 4, pixel)] = logistic(value(image, form.latent_planes() - 1, pixel));
      }
    }
  }
  return rgb;
}

class ColourForms : public ::testing::TestWithParam<Form> {
 protected:
  const Form form_ = GetParam();
  /// Wide enough that a good part is clipped.
  const std::vector<float> latent_ = random_values(form_.latents(), -1.5F, 1.5F, 1);

  std::vector<float> colours(const std::vector<float>& latent, int thread_count = 2) const {
    FencedBuffer rgb(form_.colours());
    cpu::colour_squash(threads(thread_count),
                       {planes(latent.data(), form_.latent_planes()), planes(rgb.data(), form_.rgb_planes()),
                        kSkewed, form_.squash, kOffset});
    EXPECT_TRUE(rgb.intact());
    return {rgb.values().begin(), rgb.values().end()};
  }

  std::vector<float> gradient(const std::vector<float>& rgb, const std::vector<float>& drgb,
                              int thread_count = 2) const {
    FencedBuffer dlatent(form_.latents());
    cpu::colour_squash_adjoint(
        threads(thread_count),
        {planes(rgb.data(), form_.rgb_planes()), planes(drgb.data(), form_.rgb_planes()),
         planes(dlatent.data(), form_.latent_planes()), kSkewed, form_.squash});
    EXPECT_TRUE(dlatent.intact());
    return {dlatent.values().begin(), dlatent.values().end()};
  }
};

TEST_P(ColourForms, FollowTheDefinition) {
  const std::vector<float> rgb = colours(latent_);
  const std::vector<double> expected = reference(form_, latent_);
  for (std::size_t i = 0; i < rgb.size(); ++i) {
    // Sums of four terms below 1.7, then the squash, whose slope is at most 1.
    ASSERT_LE(std::abs(static_cast<double>(rgb[i]) - expected[i]), 1e-6) << i;
    ASSERT_TRUE(rgb[i] >= 0 && rgb[i] <= 1) << i;
  }
}

/// Of the smooth forms; a clipped colour has no slope outside, and the straight-through one is not its own.
TEST_P(ColourForms, AdjointAgreesWithFiniteDifferencesInsideTheRange) {
  auto drgb = random_values(form_.colours(), -1, 1, 2);
  const std::vector<float> rgb = colours(latent_);
  for (std::size_t i = 0; i < drgb.size(); ++i) {
    if (rgb[i] < 0.02F || rgb[i] > 0.98F) drgb[i] = 0;
  }
  const auto direction = random_values(form_.latents(), -1, 1, 3);
  constexpr double kStep = 4e-3;
  const auto value_at = [&](double step) {
    std::vector<float> moved = latent_;
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += static_cast<float>(step) * direction[i];
    const std::vector<double> exact = reference(form_, moved);
    double sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) sum += exact[i] * static_cast<double>(drgb[i]);
    return sum;
  };
  const double difference = (value_at(kStep) - value_at(-kStep)) / (2 * kStep);
  const std::vector<float> dlatent = gradient(rgb, drgb);
  EXPECT_LE(std::abs(difference - dot(dlatent, direction)),
            1e-4 * norm(dlatent) * norm(direction) / std::sqrt(static_cast<double>(kPixels)));
  EXPECT_GT(norm(dlatent), 1);
}

TEST_P(ColourForms, ThreadsChangeNoBit) {
  const auto drgb = random_values(form_.colours(), -1, 1, 4);
  const std::vector<float> rgb = colours(latent_, 1);
  EXPECT_TRUE(same_bits(rgb, colours(latent_, 4)));
  EXPECT_TRUE(same_bits(gradient(rgb, drgb, 1), gradient(rgb, drgb, 4)));
}

TEST_P(ColourForms, NanStaysNan) {
  std::vector<float> latent = latent_;
  latent[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(colours(latent)[5]));
}

INSTANTIATE_TEST_SUITE_P(All, ColourForms,
                         ::testing::Values(Form{Squash::clip, 3, false}, Form{Squash::sigmoid, 1, false},
                                           Form{Squash::clip, 1, false}, Form{Squash::sigmoid, 3, true},
                                           Form{Squash::clip, 3, true}, Form{Squash::sigmoid, 1, true},
                                           Form{Squash::clip, 1, true}),
                         [](const auto& info) {
                           const Form& form = info.param;
                           return std::string(form.squash == Squash::clip ? "Clip" : "Sigmoid") +
                                  (form.colour_planes == 1 ? "Gray" : "Colour") +
                                  (form.opacity ? "WithOpacity" : "");
                         });

/// Lucid's rule: what is cut off comes back when the gradient asks for it, and goes no further out.
TEST(ClippedColours, AreProjectedStraightThrough) {
  const std::vector<float> rgb = {0, 0, 1, 1, 0.5F, 0.5F};
  const std::vector<float> drgb = {-2, 3, 5, -7, 11, -13};
  const std::vector<float> expected = {0, 3, 0, -7, 11, -13};
  std::vector<float> gray(6);
  for (int channel = 0; channel < 3; ++channel) {
    std::vector<float> colours(18, 0.5F), dcolours(18), dlatent(18);
    std::copy(rgb.begin(), rgb.end(), colours.begin() + 6 * channel);
    std::copy(drgb.begin(), drgb.end(), dcolours.begin() + 6 * channel);
    const auto view = [](auto* data) { return Planar{data, 1, 3, 1, 6}; };
    cpu::colour_squash_adjoint({}, {view(std::as_const(colours).data()), view(std::as_const(dcolours).data()),
                                    view(dlatent.data()), kPlainColours, Squash::clip});
    for (std::size_t i = 0; i < 18; ++i) {
      const std::size_t first = 6 * static_cast<std::size_t>(channel);
      EXPECT_EQ(dlatent[i], i >= first && i < first + 6 ? expected[i - first] : 0.0F) << i;
    }
  }
}

}  // namespace
}  // namespace limpid::colour_forms_test
