#include "kernels/ops/adam.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "tests/image/support.h"

namespace limpid {
namespace {

using namespace test;

constexpr int kImages = 3, kPlanes = 3;
constexpr std::size_t kCount = 2 * 31 * 67, kImage = kPlanes * kCount, kElements = kImages * kImage;

struct State {
  std::vector<float> parameters = random_values(kElements, -1, 1, 1);
  std::vector<float> first = std::vector<float>(kElements);
  std::vector<float> second = std::vector<float>(kElements);
  std::vector<int> non_finite = std::vector<int>(kImages);
  std::array<SlotKey, kImages> keys{{{1, 0, 0}, {1, 1, 40}, {9, 0, 5000}}};
  std::vector<float> learning_rate{0.05F, 0.01F, 0.0F};

  Adam op(const float* gradient, const float* scale, std::size_t first_image = 0, int images = kImages) {
    return {parameters.data() + first_image * kImage,
            first.data() + first_image * kImage,
            second.data() + first_image * kImage,
            gradient + first_image * kImage,
            scale,
            keys.data() + first_image,
            learning_rate.data() + first_image,
            non_finite.data() + first_image,
            images,
            kPlanes,
            kCount};
  }
};

std::vector<float> gradient_of_step(unsigned step) {
  return random_values(kElements, -2, 2, 100 + step);
}

class AdamUpdate : public testing::TestWithParam<bool> {};

TEST_P(AdamUpdate, FollowsThePaper) {
  const auto table = random_values(kCount, 0.1F, 3, 2);
  const float* scale = GetParam() ? table.data() : nullptr;
  State state;
  std::vector<double> parameters(state.parameters.begin(), state.parameters.end()), m(kElements),
      v(kElements);
  const double beta1 = static_cast<double>(0.9F), beta2 = static_cast<double>(0.999F);
  constexpr int kSteps = 5;
  for (unsigned step = 0; step < kSteps; ++step) {
    const auto gradient = gradient_of_step(step);
    cpu::adam(threads(2), state.op(gradient.data(), scale));
    for (std::size_t i = 0; i < kElements; ++i) {
      const std::size_t image = i / kImage;
      const double t = state.keys[image].step + 1.0;
      const double g = static_cast<double>(gradient[i]) *
                       (scale == nullptr ? 1.0 : static_cast<double>(scale[i % kCount]));
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      const double m_hat = m[i] / (1 - std::pow(beta1, t)), v_hat = v[i] / (1 - std::pow(beta2, t));
      parameters[i] += static_cast<double>(state.learning_rate[image]) * m_hat / (std::sqrt(v_hat) + 1e-8);
    }
    for (SlotKey& key : state.keys) ++key.step;
  }
  for (std::size_t i = 0; i < kElements; ++i) {
    // A step is the learning rate (at most 0.05) times a ratio of order one that some twenty roundings
    // entered (those of m are relative to gradients, at most 6, not to m); adding it rounds a parameter
    // below 2.
    ASSERT_LE(std::abs(static_cast<double>(state.parameters[i]) - parameters[i]),
              kSteps * (0.05 * 40 + 2) * kEpsilon)
        << i;
    ASSERT_LE(std::abs(static_cast<double>(state.first[i]) - m[i]), kSteps * 4 * 6 * kEpsilon) << i;
    ASSERT_LE(std::abs(static_cast<double>(state.second[i]) - v[i]), kSteps * 6 * kEpsilon * v[i]) << i;
  }
  EXPECT_EQ(state.non_finite, std::vector<int>(kImages));
}

INSTANTIATE_TEST_SUITE_P(Gradient, AdamUpdate, testing::Bool(),
                         [](const auto& info) { return info.param ? "scaled" : "plain"; });

TEST(Adam, FirstStepIsTheLearningRateUphill) {
  // After one update m_hat / sqrt(v_hat) is the gradient's sign, whatever its size.
  State state;
  state.keys = {};
  const auto before = state.parameters;
  const auto gradient = gradient_of_step(0);
  cpu::adam(threads(1), state.op(gradient.data(), nullptr));
  for (std::size_t i = 0; i < kElements; ++i) {
    const float step = state.learning_rate[i / kImage] * (gradient[i] > 0 ? 1.0F : -1.0F);
    if (std::abs(gradient[i]) > 1e-3F) {
      ASSERT_NEAR(state.parameters[i] - before[i], step, 1e-5 * 0.05 + 4 * kEpsilon);
    }
  }
}

TEST(Adam, ZeroGradientMovesNothing) {
  State state;
  const auto before = state.parameters;
  const std::vector<float> zero(kElements);
  cpu::adam(threads(1), state.op(zero.data(), nullptr));
  EXPECT_TRUE(same_bits(before, state.parameters));
}

TEST(Adam, NonFiniteGradientsAreReportedForTheirImageAlone) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> ones(kCount, 1.0F), huge(kCount, 1e30F);
  for (const std::size_t place : {std::size_t{0}, kImage / 2, kImage - 1}) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
      State state;
      auto gradient = gradient_of_step(0);
      gradient[kImage + place] = bad;
      cpu::adam(threads(2), state.op(gradient.data(), nullptr));
      EXPECT_EQ(state.non_finite, (std::vector<int>{0, 1, 0}));
      State scaled;
      cpu::adam(threads(2), scaled.op(gradient.data(), ones.data()));
      EXPECT_EQ(scaled.non_finite, (std::vector<int>{0, 1, 0}));
    }
  }
  State state;  // Finite, but not after scaling.
  auto gradient = gradient_of_step(0);
  gradient[5] = 1e20F;
  cpu::adam(threads(1), state.op(gradient.data(), huge.data()));
  EXPECT_EQ(state.non_finite, (std::vector<int>{1, 0, 0}));
}

TEST(Adam, AFlagStaysUntilItsOwnerClearsIt) {
  State state;
  state.non_finite = {0, 7, 0};
  const auto gradient = gradient_of_step(0);
  cpu::adam(threads(1), state.op(gradient.data(), nullptr));
  EXPECT_EQ(state.non_finite, (std::vector<int>{0, 7, 0}));
}

TEST(Adam, ThreadsAndBatchChangeNoBit) {
  const auto scale = random_values(kCount, 0.1F, 3, 2);
  State together, alone;
  for (unsigned step = 0; step < 3; ++step) {
    const auto gradient = gradient_of_step(step);
    cpu::adam(threads(4), together.op(gradient.data(), scale.data()));
    for (std::size_t image = 0; image < kImages; ++image) {
      cpu::adam(threads(1), alone.op(gradient.data(), scale.data(), image, 1));
    }
  }
  EXPECT_TRUE(same_bits(together.parameters, alone.parameters));
  EXPECT_TRUE(same_bits(together.first, alone.first));
  EXPECT_TRUE(same_bits(together.second, alone.second));
}

}  // namespace
}  // namespace limpid
