#include "kernels/ops/parameter_update.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "tests/image/support.h"

namespace limpid::parameter_update_test {
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
  std::array<UpdateRule, kImages> rules;
  std::vector<float> rate{0.05F, 0.01F, 0.0F};
  std::vector<float> momentum = std::vector<float>(kImages, 1.0F);
  std::vector<float> factor = std::vector<float>(kImages, 1.0F);
  std::vector<std::int32_t> first_moved = std::vector<std::int32_t>(kImages);

  ParameterUpdate op(const float* gradient, const float* scale, std::size_t first_image = 0,
                     int images = kImages) {
    return {parameters.data() + first_image * kImage,
            first.data() + first_image * kImage,
            second.data() + first_image * kImage,
            gradient + first_image * kImage,
            scale,
            keys.data() + first_image,
            rules.data() + first_image,
            rate.data() + first_image,
            momentum.data() + first_image,
            factor.data() + first_image,
            non_finite.data() + first_image,
            first_moved.data() + first_image,
            images,
            kPlanes,
            kCount};
  }
};

std::vector<float> gradient_of_step(unsigned step) {
  return random_values(kElements, -2, 2, 100 + step);
}

/// A rule written out in double precision, for one parameter at update t.
struct Reference {
  Optimiser optimiser;
  EpsilonForm epsilon_form;
  double m = 0, v = 0;

  /// torch.optim.NAdam's mu, momentum_decay 4e-3.
  static double mu(double t) { return kBeta1 * (1 - 0.5 * std::pow(0.96, t * 0.004)); }

  /// What is added to the parameter, per unit of rate. `product` is that of mu(1) ... mu(t).
  double step(double g, double t, double product, double factor) {
    if (optimiser == Optimiser::ascent) return g * factor;
    if (optimiser == Optimiser::momentum) return m = kBeta1 * m + factor * g;
    m = kBeta1 * m + (1 - kBeta1) * g;
    v = kBeta2 * v + (1 - kBeta2) * g * g;
    const double correction1 = 1 - std::pow(kBeta1, t), correction2 = 1 - std::pow(kBeta2, t);
    if (optimiser == Optimiser::nadam) {
      const double denominator = std::sqrt(v / correction2) + 1e-8;
      return (1 - mu(t)) / (1 - product) * g / denominator +
             mu(t + 1) / (1 - product * mu(t + 1)) * m / denominator;
    }
    if (epsilon_form == EpsilonForm::uncorrected) {
      return std::sqrt(correction2) / correction1 * m / (std::sqrt(v) + 1e-8);
    }
    return m / correction1 / (std::sqrt(v / correction2) + 1e-8);
  }

  static constexpr double kBeta1 = static_cast<double>(0.9F), kBeta2 = static_cast<double>(0.999F);
};

struct RuleCase {
  const char* name;
  Optimiser optimiser;
  EpsilonForm epsilon_form;
  bool scaled;
};

class UpdateByRule : public ::testing::TestWithParam<RuleCase> {};

TEST_P(UpdateByRule, FollowsThePaper) {
  const RuleCase& c = GetParam();
  const auto table = random_values(kCount, 0.1F, 3, 2);
  const float* scale = c.scaled ? table.data() : nullptr;
  State state;
  state.keys = {{{1, 0, 0}, {1, 1, 40}, {9, 0, 5000}}};
  std::vector<double> product(kImages, 1);
  for (std::size_t image = 0; image < kImages; ++image) {
    state.rules[image].optimiser = c.optimiser;
    state.rules[image].epsilon_form = c.epsilon_form;
    for (unsigned t = 1; t <= state.keys[image].step; ++t) product[image] *= Reference::mu(t);
    state.factor[image] = 0.25F * static_cast<float>(image + 1);
  }
  std::vector<double> parameters(state.parameters.begin(), state.parameters.end());
  std::vector<Reference> references(kElements, Reference{c.optimiser, c.epsilon_form});
  constexpr int kSteps = 5;
  for (unsigned step = 0; step < kSteps; ++step) {
    const auto gradient = gradient_of_step(step);
    for (std::size_t image = 0; image < kImages; ++image) {
      state.momentum[image] = static_cast<float>(product[image]);
      product[image] *= Reference::mu(state.keys[image].step + 1.0);
    }
    cpu::parameter_update(threads(2), state.op(gradient.data(), scale));
    for (std::size_t i = 0; i < kElements; ++i) {
      const std::size_t image = i / kImage;
      const double g = static_cast<double>(gradient[i]) *
                       (scale == nullptr ? 1.0 : static_cast<double>(scale[i % kCount]));
      parameters[i] += static_cast<double>(state.rate[image]) *
                       references[i].step(g, state.keys[image].step + 1.0, product[image],
                                          static_cast<double>(state.factor[image]));
    }
    for (SlotKey& key : state.keys) ++key.step;
  }
  for (std::size_t i = 0; i < kElements; ++i) {
    // A step is the learning rate (at most 0.05) times a ratio of order one that some twenty roundings
    // entered (those of m are relative to gradients, at most 6, not to m), or times a gradient of at most 6;
    // adding it rounds a parameter below 4.
    ASSERT_LE(std::abs(static_cast<double>(state.parameters[i]) - parameters[i]),
              kSteps * (0.05 * 40 + 4) * kEpsilon)
        << i;
    ASSERT_LE(std::abs(static_cast<double>(state.first[i]) - references[i].m), kSteps * 4 * 6 * kEpsilon)
        << i;
    ASSERT_LE(std::abs(static_cast<double>(state.second[i]) - references[i].v),
              kSteps * 6 * kEpsilon * references[i].v)
        << i;
  }
  EXPECT_EQ(state.non_finite, std::vector<int>(kImages));
  EXPECT_EQ(state.first_moved, (std::vector<std::int32_t>{1, 41, 5001}));
}

constexpr RuleCase kRules[] = {
    {"adam", Optimiser::adam, EpsilonForm::corrected, false},
    {"adam_scaled", Optimiser::adam, EpsilonForm::corrected, true},
    {"adam_uncorrected", Optimiser::adam, EpsilonForm::uncorrected, true},
    {"nadam", Optimiser::nadam, EpsilonForm::corrected, false},
    {"nadam_scaled", Optimiser::nadam, EpsilonForm::corrected, true},
    {"ascent", Optimiser::ascent, EpsilonForm::corrected, false},
    {"ascent_scaled", Optimiser::ascent, EpsilonForm::corrected, true},
    {"momentum", Optimiser::momentum, EpsilonForm::corrected, false},
    {"momentum_scaled", Optimiser::momentum, EpsilonForm::corrected, true},
};

INSTANTIATE_TEST_SUITE_P(Rules, UpdateByRule, ::testing::ValuesIn(kRules),
                         [](const auto& info) { return info.param.name; });

TEST(ParameterUpdate, FirstStepIsTheLearningRateUphill) {
  // After one update m_hat / sqrt(v_hat) is the gradient's sign, whatever its size.
  State state;
  state.keys = {};
  const auto before = state.parameters;
  const auto gradient = gradient_of_step(0);
  cpu::parameter_update(threads(1), state.op(gradient.data(), nullptr));
  for (std::size_t i = 0; i < kElements; ++i) {
    const float step = state.rate[i / kImage] * (gradient[i] > 0 ? 1.0F : -1.0F);
    if (std::abs(gradient[i]) > 1e-3F) {
      ASSERT_NEAR(state.parameters[i] - before[i], step, 1e-5 * 0.05 + 4 * kEpsilon);
    }
  }
}

TEST(ParameterUpdate, ZeroGradientMovesNothing) {
  State state;
  const auto before = state.parameters;
  const std::vector<float> zero(kElements);
  cpu::parameter_update(threads(1), state.op(zero.data(), nullptr));
  EXPECT_TRUE(same_bits(before, state.parameters));
  EXPECT_EQ(state.first_moved, std::vector<std::int32_t>(kImages));
}

TEST(ParameterUpdate, TheFirstUpdateThatMovesIsKept) {
  State state;
  state.rules[1].optimiser = Optimiser::ascent;
  for (unsigned step = 0; step < 3; ++step) {
    // Image 0 moves first in the second update, image 1, by one value, in the third.
    std::vector<float> gradient(kElements);
    if (step >= 1) gradient[kImage - 1] = 1e-30F;
    if (step >= 2) gradient[2 * kImage - 1] = -1;
    cpu::parameter_update(threads(2), state.op(gradient.data(), nullptr));
    for (SlotKey& key : state.keys) ++key.step;
  }
  EXPECT_EQ(state.first_moved, (std::vector<std::int32_t>{2, 43, 0}));
}

TEST(ParameterUpdate, AdamIsBitForBitItsFormula) {
  // The look-ahead that NAdam needs adds nothing to Adam: the same bytes as without it.
  State state;
  state.keys = {};
  const auto gradient = gradient_of_step(0);
  const auto before = state.parameters;
  cpu::parameter_update(threads(1), state.op(gradient.data(), nullptr));
  for (std::size_t i = 0; i < kElements; ++i) {
    // Without contraction, which the kernels are built without: a volatile holds each rounding.
    const volatile float m = 0.0F + (1.0F - 0.9F) * gradient[i];
    const volatile float square = gradient[i] * gradient[i];
    const volatile float v = (1.0F - 0.999F) * square;
    const volatile float corrected = v * (1.0F / -expm1f(logf(0.999F)));
    const volatile float step = state.rate[i / kImage] / -expm1f(logf(0.9F));
    const volatile float top = step * m;
    const volatile float ratio = top / (sqrtf(corrected) + 1e-8F);
    ASSERT_EQ(state.parameters[i], before[i] + ratio) << i;
  }
}

TEST(ParameterUpdate, MomentumAddsUpGradientsThatFade) {
  // Every number is a sum of few powers of two, and so is every result.
  float parameter = 1, first = 0, second = 7;
  const float rate = 0.25F, product = 1;
  UpdateRule rule{.optimiser = Optimiser::momentum, .beta1 = 0.5F};
  SlotKey key;
  std::int32_t non_finite = 0, first_moved = 0;
  const auto update = [&](float gradient, const float* factor) {
    cpu::parameter_update({}, {&parameter, &first, &second, &gradient, nullptr, &key, &rule, &rate, &product,
                               factor, &non_finite, &first_moved, 1, 1, 1});
    ++key.step;
  };
  update(4, nullptr);  // m = 4.
  EXPECT_EQ(parameter, 2.0F);
  update(-1, nullptr);  // m = 2 - 1.
  EXPECT_EQ(parameter, 2.25F);
  const float half = 0.5F;
  update(3, &half);  // m = 0.5 + 1.5.
  EXPECT_EQ(first, 2.0F);
  EXPECT_EQ(parameter, 2.75F);
  update(0, nullptr);  // m = 1: it rolls on.
  EXPECT_EQ(parameter, 3.0F);
  EXPECT_EQ(second, 7.0F);
  EXPECT_EQ(first_moved, 1);
}

TEST(ScheduledRate, IsExactWhereThereIsNoSchedule) {
  UpdateRule rule;
  rule.rate = 0.07F;
  for (const std::uint32_t done : {0U, 1U, 511U, 100000U}) EXPECT_EQ(scheduled_rate(rule, done), 0.07F);
}

TEST(ScheduledRate, WarmsUpAndFallsAlongACosine) {
  UpdateRule rule;
  rule.rate = 0.5F;
  rule.warmup_steps = 4;
  rule.steps = 20;
  EXPECT_EQ(scheduled_rate(rule, 0), 0.125F);
  EXPECT_EQ(scheduled_rate(rule, 3), 0.5F);
  EXPECT_EQ(scheduled_rate(rule, 12), 0.5F);
  rule.schedule = RateSchedule::cosine;
  EXPECT_EQ(scheduled_rate(rule, 2), 0.375F);
  EXPECT_EQ(scheduled_rate(rule, 4), 0.5F);
  for (std::uint32_t done = 4; done < 20; ++done) {
    const double expected = 0.25 * (1 + std::cos(M_PI * (done - 4) / 16));
    // The argument, at most pi, has two roundings; so has the factor.
    ASSERT_LE(std::abs(static_cast<double>(scheduled_rate(rule, done)) - expected), 0.5 * 8 * kEpsilon);
  }
  EXPECT_GT(scheduled_rate(rule, 19), 0);
  EXPECT_EQ(scheduled_rate(rule, 20), 0);
  EXPECT_EQ(scheduled_rate(rule, 21), 0);
}

TEST(NadamMomentum, IsTorchs) {
  UpdateRule rule;
  for (const std::uint32_t t : {1U, 2U, 100U, 512U, 5000U}) {
    const double expected = Reference::kBeta1 * (1 - 0.5 * std::pow(0.96, t * 0.004));
    // expf of at most 1 rounds to two units, its argument of at most 1 to two.
    ASSERT_LE(std::abs(static_cast<double>(nadam_momentum(rule, t)) - expected), 6 * kEpsilon) << t;
  }
}

TEST(ParameterUpdate, NonFiniteGradientsAreReportedForTheirImageAlone) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> ones(kCount, 1.0F), huge(kCount, 1e18F);
  for (const std::size_t place : {std::size_t{0}, kImage / 2, kImage - 1}) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
      State state;
      auto gradient = gradient_of_step(0);
      gradient[kImage + place] = bad;
      cpu::parameter_update(threads(2), state.op(gradient.data(), nullptr));
      EXPECT_EQ(state.non_finite, (std::vector<int>{0, 1, 0}));
      State scaled;
      cpu::parameter_update(threads(2), scaled.op(gradient.data(), ones.data()));
      EXPECT_EQ(scaled.non_finite, (std::vector<int>{0, 1, 0}));
    }
  }
  State state;  // Finite, but not after scaling.
  auto gradient = gradient_of_step(0);
  gradient[5] = 1e21F;
  cpu::parameter_update(threads(1), state.op(gradient.data(), huge.data()));
  EXPECT_EQ(state.non_finite, (std::vector<int>{1, 0, 0}));
}

TEST(ParameterUpdate, AGradientTooLargeToBeSquaredIsReportedWhereItIsSquared) {
  for (const Optimiser optimiser :
       {Optimiser::adam, Optimiser::nadam, Optimiser::ascent, Optimiser::momentum}) {
    const bool squared = optimiser == Optimiser::adam || optimiser == Optimiser::nadam;
    for (const float large : {1e19F, 2e19F}) {  // The largest number is 3.4e38.
      State state;
      state.rules.fill({.optimiser = optimiser});
      auto gradient = gradient_of_step(0);
      gradient[5] = -large;
      cpu::parameter_update(threads(1), state.op(gradient.data(), nullptr));
      EXPECT_EQ(state.non_finite, (std::vector<int>{squared && large > 1.5e19F ? 1 : 0, 0, 0}));
    }
  }
}

TEST(ParameterUpdate, AFlagStaysUntilItsOwnerClearsIt) {
  State state;
  state.non_finite = {0, 7, 0};
  const auto gradient = gradient_of_step(0);
  cpu::parameter_update(threads(1), state.op(gradient.data(), nullptr));
  EXPECT_EQ(state.non_finite, (std::vector<int>{0, 7, 0}));
}

TEST(ParameterUpdate, ThreadsAndBatchChangeNoBit) {
  const auto scale = random_values(kCount, 0.1F, 3, 2);
  State together, alone;
  for (State* state : {&together, &alone}) {
    state->rules[1].optimiser = Optimiser::nadam;
    state->rules[2].optimiser = Optimiser::momentum;
    state->rate[2] = 0.02F;
  }
  for (unsigned step = 0; step < 3; ++step) {
    const auto gradient = gradient_of_step(step);
    cpu::parameter_update(threads(4), together.op(gradient.data(), scale.data()));
    for (std::size_t image = 0; image < kImages; ++image) {
      cpu::parameter_update(threads(1), alone.op(gradient.data(), scale.data(), image, 1));
    }
  }
  EXPECT_TRUE(same_bits(together.parameters, alone.parameters));
  EXPECT_TRUE(same_bits(together.first, alone.first));
  EXPECT_TRUE(same_bits(together.second, alone.second));
}

}  // namespace
}  // namespace limpid::parameter_update_test
