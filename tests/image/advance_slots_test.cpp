#include "kernels/ops/advance_slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/image/support.h"

namespace limpid {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr ReluGradient kNone{-1};  // What nothing has written yet.
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Slots with a curve of two steps.
struct Slots {
  explicit Slots(std::size_t images)
      : keys(images),
        values(images, 1),
        non_finite(images),
        curve(2 * images, -1),
        failed_step(images),
        relu_rules(images, ReluGradient::redirected),
        relu_steps(images),
        relu(images, kNone),
        rules(images),
        rate(images, -1),
        momentum(images, 1) {}

  void advance() {
    cpu::advance_slots(test::threads(2),
                       {keys.data(), values.data(), non_finite.data(), curve.data(), failed_step.data(),
                        relu_rules.data(), relu_steps.data(), relu.data(), rules.data(), rate.data(),
                        momentum.data(), static_cast<int>(keys.size()), 2});
  }

  std::vector<SlotKey> keys;
  std::vector<double> values;
  std::vector<std::int32_t> non_finite;
  std::vector<double> curve;
  std::vector<std::int32_t> failed_step;
  std::vector<ReluGradient> relu_rules;
  std::vector<std::uint32_t> relu_steps;
  std::vector<ReluGradient> relu;
  std::vector<UpdateRule> rules;
  std::vector<float> rate, momentum;
};

TEST(AdvanceSlots, EverySlotHasItsOwnClock) {
  Slots s(3);
  s.keys = {{1, 7, 0}, {2, 8, 1}, {3, 9, 40}};
  s.values = {10, 11, 12};
  s.advance();
  EXPECT_EQ(s.curve, (std::vector<double>{10, -1, -1, 11, -1, -1}));  // The third is beyond its curve.
  EXPECT_EQ(s.failed_step, (std::vector<std::int32_t>{0, 0, 0}));
  const std::uint32_t steps[] = {1, 2, 41};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(s.keys[i].step, steps[i]);
    EXPECT_EQ(s.keys[i].seed, i + 1);
    EXPECT_EQ(s.keys[i].image, i + 7);
  }
}

TEST(AdvanceSlots, RateAndMomentumAreThoseOfTheNextUpdate) {
  Slots s(3);
  s.rules[0].rate = 0.25F;
  s.rules[1].optimiser = Optimiser::nadam;
  s.rules[2].warmup_steps = 4;
  s.rules[2].rate = 1;
  s.advance();
  s.advance();
  EXPECT_EQ(s.rate[0], 0.25F);
  EXPECT_EQ(s.rate[2], 0.75F);
  EXPECT_EQ(s.momentum[0], 1);
  EXPECT_EQ(s.momentum[1], nadam_momentum(s.rules[1], 1) * nadam_momentum(s.rules[1], 2));
}

TEST(AdvanceSlots, AReluRuleEndsWithItsLastStep) {
  constexpr ReluGradient kPlain = ReluGradient::plain;
  Slots s(3);
  s.relu_rules[2] = ReluGradient::leaky;
  s.relu_steps = {0, 1, 3};
  s.advance();
  EXPECT_EQ(s.relu, (std::vector{kPlain, kPlain, ReluGradient::leaky}));
  s.advance();
  EXPECT_EQ(s.relu, (std::vector{kPlain, kPlain, ReluGradient::leaky}));
  s.advance();
  EXPECT_EQ(s.relu, (std::vector{kPlain, kPlain, kPlain}));
}

TEST(AdvanceSlots, TheFirstStepThatIsNotFiniteIsKept) {
  Slots s(5);
  s.values = {kNaN, kInfinity, -kInfinity, 1, std::numeric_limits<double>::max()};
  s.non_finite = {0, 0, 0, 1, 0};
  s.keys[1].step = 5;
  s.advance();
  EXPECT_EQ(s.failed_step, (std::vector<std::int32_t>{1, 6, 1, 1, 0}));
  EXPECT_TRUE(std::isnan(s.curve[0]));
  s.advance();
  EXPECT_EQ(s.failed_step, (std::vector<std::int32_t>{1, 6, 1, 1, 0}));
}

TEST(AdvanceSlots, AJobOfSeveralImagesHasTheirMean) {
  // Two slots of two images and a photo, two views of each, two columns.
  constexpr int kSlots = 2, kPictures = 3, kImages = 2, kDraws = 2, kColumns = 2, kSteps = 2;
  std::vector<SlotKey> keys(kSlots * kPictures);
  std::vector<double> values(kSlots * kPictures * kDraws * kColumns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  values[8] = values[9] = kNaN;  // Of the photo of the first slot.
  std::vector<std::int32_t> non_finite = {0, 0, 1, 0, 1, 0};
  std::vector<double> curve(kSlots * kColumns * kSteps, -1);
  std::vector<std::int32_t> failed_step(kSlots);
  const std::vector<ReluGradient> relu_rules(kSlots, ReluGradient::redirected);
  std::vector<ReluGradient> relu(kSlots * kPictures * kDraws, kNone);
  std::vector<std::uint32_t> relu_steps = {5, 1};
  std::vector<UpdateRule> rules(keys.size());
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i].rate = static_cast<float>(i);
  rules[4].optimiser = Optimiser::nadam;
  std::vector<float> rate(keys.size(), -1), momentum(keys.size(), 1);
  cpu::advance_slots(test::threads(2),
                     {keys.data(), values.data(), non_finite.data(), curve.data(), failed_step.data(),
                      relu_rules.data(), relu_steps.data(), relu.data(), rules.data(), rate.data(),
                      momentum.data(), kSlots, kSteps, kPictures, kImages, kDraws, kColumns});
  // Rows 0..3 of the first slot hold (0, 1), (2, 3), (4, 5), (6, 7); those of the second begin at 12.
  EXPECT_EQ(curve, (std::vector<double>{3, -1, 4, -1, 15, -1, 16, -1}));
  EXPECT_EQ(failed_step, (std::vector<std::int32_t>{0, 1}));
  for (const SlotKey& key : keys) EXPECT_EQ(key.step, 1U);
  std::vector<ReluGradient> expected(relu.size(), ReluGradient::plain);
  std::fill_n(expected.begin(), kPictures * kDraws, ReluGradient::redirected);
  EXPECT_EQ(relu, expected);
  EXPECT_EQ(rate, (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(momentum, (std::vector<float>{1, 1, 1, 1, nadam_momentum(rules[4], 1), 1}));
  EXPECT_EQ(slot_value(values.data() + 12, kImages, kDraws, kColumns, 1), 16);
}

}  // namespace
}  // namespace limpid
