#include "kernels/ops/relu.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid {
namespace {

using namespace test;
using reference::Map;

struct ReluCase {
  std::string name;
  ActivationShape gradient;
  ActivationShape y;

  friend void PrintTo(const ReluCase& c, std::ostream* out) { *out << c.name; }
};

std::vector<ReluCase> relu_cases() {
  const auto both = [](const std::string& name, const ActivationShape& shape) {
    return ReluCase{name, shape, shape};
  };
  return {
      both("pixel", {1, 8, 1, 1}),
      both("odd", {3, 24, 7, 5}),
      both("wide", {2, 208, 3, 9}),
      {"slices", {2, 16, 5, 4, Layout::nchw8c, {1, 1}}, {2, 16, 5, 4, Layout::nchw8c, {0, 3}}},
      {"layouts_mixed", {2, 24, 6, 5, Layout::nhwc, {2, 0}}, {2, 24, 6, 5, Layout::nchw8c, {0, 1}}},
  };
}

class Relu : public ::testing::TestWithParam<ReluCase> {};

TEST_P(Relu, ThreadsAndBatchChangeNoBit) {
  std::mt19937 random(2);
  Batch y = rectified_batch(random, GetParam().y);
  const Batch gradient = normal_batch(random, GetParam().gradient);
  Batch together = gradient;
  cpu::relu_mask(threads(1), {together.activations.tensor(), y.activations.tensor()});
  for (const int count : {1, 2, 3}) {
    Batch alone = gradient;
    for (int n = 0; n < GetParam().y.n; ++n) {
      cpu::relu_mask(threads(count), {alone.activations.tensor().image(n), y.activations.tensor().image(n)});
    }
    EXPECT_TRUE(same_bits(together.activations.values(), alone.activations.values()));
  }
}

/// A rule for one image, stated for an objective that is ascended.
Map ruled(ReluGradient rule, const Map& gradient, const Map& y) {
  const Map plain = reference::masked(gradient, reference::positive_mask(y));
  if (rule == ReluGradient::plain || (rule != ReluGradient::leaky && norm(plain) > 0)) return plain;
  Map result = gradient;
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    double& g = result.values[i];
    if (y.values[i] > 0) continue;
    if (rule == ReluGradient::redirected && !(g > 0)) g = 0;
    if (rule == ReluGradient::leaky) g = static_cast<float>(g) * 0.1F;
  }
  return result;
}

TEST_P(Relu, ARuleIsDecidedImageByImage) {
  const ReluCase& c = GetParam();
  std::mt19937 random(3);
  // Whether any gradient meets an active unit, and the rule of the outer images and of the inner one.
  for (const bool meets : {false, true}) {
    using enum ReluGradient;
    constexpr std::array<std::pair<ReluGradient, ReluGradient>, 4> kRules = {
        {{plain, redirected}, {redirected, plain}, {leaky, unmasked}, {unmasked, leaky}}};
    for (const auto& [outer, inner] : kRules) {
      ActivationShape gradient_shape = c.gradient, y_shape = c.y;
      gradient_shape.n = y_shape.n = 3;
      Batch y = rectified_batch(random, y_shape);
      int image = 0;
      Batch gradient(gradient_shape, [&] {
        Map map = normal_map(random, gradient_shape.channels, gradient_shape.h, gradient_shape.w);
        // Image 1 is the other way round than its neighbours, which meet one unless `meets`.
        if ((image++ == 1) != meets) {
          for (std::size_t i = 0; i < map.values.size(); ++i) {
            if (y.maps[static_cast<std::size_t>(image - 1)].values[i] > 0) map.values[i] = 0;
          }
        }
        return map;
      });
      const std::array<ReluGradient, 3> rules = {outer, inner, outer};
      cpu::ruled_relu(threads(2), {gradient.activations.tensor(), y.activations.tensor(), rules.data()});
      for (int n = 0; n < 3; ++n) {
        const auto i = static_cast<std::size_t>(n);
        const Map expected = ruled(rules[i], gradient.maps[i], y.maps[i]);
        EXPECT_EQ(gradient.activations.map(n).values, expected.values) << "image " << n;
      }
      EXPECT_TRUE(gradient.activations.surroundings_intact());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Relu, ::testing::ValuesIn(relu_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(RuledRelu, WakesASilentNetworkUpwardsOnly) {
  Activations gradient({1, 8, 1, 2}), y({1, 8, 1, 2});
  y.for_each([](float& element, int, int, int, int) { element = 0; });
  gradient.for_each(
      [](float& element, int, int c, int, int w) { element = static_cast<float>(w == 0 ? c + 1 : -c - 1); });
  const ReluGradient rule = ReluGradient::redirected;
  cpu::ruled_relu(threads(1), {gradient.tensor(), y.tensor(), &rule});
  for (int c = 0; c < 8; ++c) {
    EXPECT_EQ(gradient.at(0, c, 0, 0), static_cast<float>(c + 1));
    EXPECT_EQ(gradient.at(0, c, 0, 1), 0.0F);
  }
}

TEST(ReluNotFinite, ForwardKeepsWhatIsNotANumber) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Activations x({1, 8, 1, 4}), y({1, 8, 1, 4});
  const std::array<float, 4> inputs = {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity, -0.0F};
  x.for_each([&](float& element, int, int, int, int w) { element = inputs[static_cast<std::size_t>(w)]; });
  cpu::relu_fprop(threads(1), {x.tensor(), y.tensor()});
  for (int c = 0; c < 8; ++c) {
    EXPECT_TRUE(std::isnan(y.at(0, c, 0, 0)));
    EXPECT_EQ(y.at(0, c, 0, 1), kInfinity);
    EXPECT_EQ(y.at(0, c, 0, 2), 0.0F);
    EXPECT_EQ(y.at(0, c, 0, 3), 0.0F);
  }
}

TEST(ReluNotFinite, ANaNInTheGradientStaysWhereItPassesAndNowhereElse) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  Activations gradient({1, 8, 1, 4}), y({1, 8, 1, 4});
  // Columns: NaN meets an active unit, NaN meets a silent one, a number meets a NaN, a number an active one.
  const std::array<float, 4> gradients = {kNaN, kNaN, 2, 3}, outputs = {1, 0, kNaN, 1};
  gradient.for_each(
      [&](float& element, int, int, int, int w) { element = gradients[static_cast<std::size_t>(w)]; });
  y.for_each([&](float& element, int, int, int, int w) { element = outputs[static_cast<std::size_t>(w)]; });
  cpu::relu_mask(threads(1), {gradient.tensor(), y.tensor()});
  EXPECT_TRUE(std::isnan(gradient.at(0, 0, 0, 0)));
  EXPECT_EQ(gradient.at(0, 0, 0, 1), 0.0F);
  EXPECT_EQ(gradient.at(0, 0, 0, 2), 2.0F);
  EXPECT_EQ(gradient.at(0, 0, 0, 3), 3.0F);
}

TEST(ReluNotFinite, RedirectionKeepsANaN) {
  Activations gradient({1, 8, 1, 1}), y({1, 8, 1, 1});
  y.for_each([](float& element, int, int, int, int) { element = 0; });
  gradient.for_each([](float& element, int, int c, int, int) {
    element = c == 3 ? std::numeric_limits<float>::quiet_NaN() : -1.0F;
  });
  const ReluGradient rule = ReluGradient::redirected;
  cpu::ruled_relu(threads(1), {gradient.tensor(), y.tensor(), &rule});
  EXPECT_TRUE(std::isnan(gradient.at(0, 3, 0, 0)));
  EXPECT_EQ(gradient.at(0, 4, 0, 0), 0.0F);
}

}  // namespace
}  // namespace limpid
