// Plans that begin at a layer, and plans whose target's gradient the caller gives: a network cut in two is the network.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/network/layers.h"
#include "engine/network/planner.h"
#include "engine/objective/objective.h"
#include "kernels/core/error.h"
#include "tests/engine/planned_network.h"
#include "weights/append_layer.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using testing::PlannedNetwork;

constexpr int kHeight = 80;
constexpr int kWidth = 72;

std::vector<float> picture() {
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0, 40);
  std::vector<float> planes(std::size_t{3} * kHeight * kWidth);
  for (float& value : planes) value = noise(random);
  return planes;
}

PlanRequest at_picture(std::vector<TargetRequest> targets, bool backward = true) {
  return {std::move(targets), kHeight, kWidth, 1, backward};
}

/// The mean square of the first target: its gradient differs from position to position.
SlotTerm square_of(const Plan& plan) {
  SlotTerm term;
  term.kind = TermKind::layer;
  term.channels = plan.targets.front().logical_channels;
  return term;
}

double relative_l2(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0;
  double norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    norm += double{b[i]} * b[i];
  }
  return std::sqrt(difference / norm);
}

struct Cut {
  const char* family;
  const char* at;
  const char* target;
};

void PrintTo(const Cut& cut, std::ostream* out) {
  *out << cut.family << ' ' << cut.at << ' ' << cut.target;
}

class PartialPlan : public ::testing::TestWithParam<Cut> {};

/// The tail of the forward's own activations is the whole, bit for bit; its gradient times the Jacobian of the head is
/// the whole's.
TEST_P(PartialPlan, HeadAndTailAreTheWhole) {
  const auto [family, at, target] = GetParam();
  const Model model = synthetic_model(family, 3);
  std::vector<float> input = picture();
  const Planar<float> planes{input.data(), 1, 3, kHeight, kWidth};

  PlannedNetwork whole(model, at_picture({{target, false, {}}}));
  whole->set_input(planes);
  whole->set_term(0, 0, square_of(whole->plan()));
  whole->forward();
  const std::vector<float> expected = whole->download_target(0, 0);
  whole->backward();
  const double value = whole->download_values().front();
  std::vector<float> gradient(input.size());
  whole->get_input_gradient({gradient.data(), 1, 3, kHeight, kWidth});

  TargetRequest cut{at, false, {}};
  cut.given_gradient = true;
  PlannedNetwork head(model, at_picture({cut}));
  head->set_input(planes);
  head->forward();
  const std::vector<float> activations = head->download_target(0, 0);

  const PlanTarget& middle = head->plan().targets.front();
  PlanRequest from_cut{{{target, false, {}}}, middle.h, middle.w, 1, true};
  from_cut.start = at;
  PlannedNetwork tail(model, from_cut);
  tail->set_start(0, activations);
  tail->set_term(0, 0, square_of(tail->plan()));
  tail->forward();
  EXPECT_EQ(tail->download_target(0, 0), expected);
  tail->backward();
  EXPECT_EQ(tail->download_values().front(), value);

  const std::vector<float> at_cut = tail->start_gradient(0);
  ASSERT_EQ(at_cut.size(), activations.size());
  head->set_given_gradient(0, 0, at_cut);
  head->backward();
  std::vector<float> by_parts(input.size());
  head->get_input_gradient({by_parts.data(), 1, 3, kHeight, kWidth});
  EXPECT_LE(relative_l2(by_parts, gradient), 2e-6);
}

INSTANTIATE_TEST_SUITE_P(
    Cuts, PartialPlan,
    ::testing::Values(Cut{"bvlc_googlenet", "mixed4d", "mixed5a"}, Cut{"inception5h", "mixed4a", "mixed4d"},
                      Cut{"bvlc_googlenet", "maxpool0", "mixed3b"},
                      Cut{"limpid_default", "localresponsenorm1", "logits"},
                      Cut{"torchvision_googlenet", "mixed3b_3x3_bottleneck", "mixed3b_3x3"},
                      Cut{"bvlc_googlenet", "logits", "softmax"}));

/// The activations stay until they are written over, so that one answer after another can be had of them.
TEST(PartialPlanRuns, TwiceAlike) {
  const Model model = synthetic_model("limpid_default", 3);
  PlanRequest request{{{"mixed4c", false, {}}}, 5, 4, 2, true};
  request.start = "mixed4a";
  PlannedNetwork tail(model, request);
  for (const int image : {0, 1}) {
    std::vector<float> values(std::size_t{512} * 5 * 4);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 7 + image * 3) % 11);
    tail->set_start(image, values);
    tail->set_term(0, image, square_of(tail->plan()));
  }
  std::vector<std::vector<float>> gradients;
  for (int i = 0; i < 2; ++i) {
    tail->forward();
    tail->backward();
    gradients.push_back(tail->start_gradient(1));
  }
  EXPECT_EQ(gradients[0], gradients[1]);
  EXPECT_NE(gradients[0], tail->start_gradient(0));
}

/// A dictionary on a module: its features are those of the definition, and a feature's gradient is its row of the filter
/// where it is active.
TEST(AppendedLayer, IsPlannedLikeAnyOther) {
  Model model = synthetic_model("inception5h", 3);
  constexpr int k = 20;
  constexpr int c = 508;  // Of mixed4a: one branch of it is padded in memory.
  AppendedLayer dictionary{"mixed4a", true, {"dictionary", k, c, 1, {}, {}}};
  std::mt19937 random(11);
  std::normal_distribution<float> noise(0, 0.1F);
  for (int i = 0; i < k * c; ++i) dictionary.conv.filter.push_back(noise(random));
  for (int i = 0; i < k; ++i) dictionary.conv.bias.push_back(noise(random));
  append_layer(model, dictionary, "test");

  std::vector<float> input = picture();
  PlannedNetwork both(
      model, at_picture({{"mixed4a", false, {}}, {"dictionary", false, {}}, {"mixed4b", false, {}}}));
  both->set_input({input.data(), 1, 3, kHeight, kWidth});
  both->forward();
  const std::vector<float> x = both->download_target(0, 0);
  const std::vector<float> y = both->download_target(1, 0);
  const PlanTarget& map = both->plan().targets.front();
  const int pixels = map.h * map.w;
  std::vector<float> expected;
  for (int feature = 0; feature < k; ++feature) {
    for (int p = 0; p < pixels; ++p) {
      double sum = dictionary.conv.bias[static_cast<std::size_t>(feature)];
      for (int i = 0; i < c; ++i) {
        sum += double{dictionary.conv.filter[static_cast<std::size_t>(feature * c + i)]} *
               x[static_cast<std::size_t>(i * pixels + p)];
      }
      expected.push_back(static_cast<float>(std::max(sum, 0.0)));
    }
  }
  EXPECT_LE(relative_l2(y, expected), 1e-6);

  const ObjectiveTerm term = parse_objective("dictionary:7:pre", model).terms.front();
  EXPECT_EQ(term.layer, "dictionary");
  EXPECT_EQ(term.channel, 7);
  EXPECT_THROW(parse_objective("dictionary:20", model), Error);
  EXPECT_EQ(layer_names(model).back(), "dictionary");

  TargetRequest feature{"dictionary", false, {7}};
  feature.given_gradient = true;
  PlanRequest request{{feature}, map.h, map.w, 1, true};
  request.start = "mixed4a";
  PlannedNetwork tail(model, request);
  tail->set_start(0, x);
  tail->forward();
  std::vector<float> given(y.size());
  std::fill_n(given.begin() + 7 * pixels, pixels, 1.0F);
  tail->set_given_gradient(0, 0, given);
  tail->backward();
  const std::vector<float> gradient = tail->start_gradient(0);
  std::vector<float> rows;
  int active = 0;
  for (int i = 0; i < c; ++i) {
    for (int p = 0; p < pixels; ++p) {
      const bool on = expected[static_cast<std::size_t>(7 * pixels + p)] > 0;
      active += i == 0 && on ? 1 : 0;
      rows.push_back(on ? dictionary.conv.filter[static_cast<std::size_t>(7 * c + i)] : 0);
    }
  }
  EXPECT_GT(active, 0);
  EXPECT_LT(active, pixels);
  EXPECT_LE(relative_l2(gradient, rows), 1e-6);
}

std::string message_of(const std::string& start, const TargetRequest& target) {
  PlanRequest request{{target}, 8, 8, 1, true};
  request.start = start;
  try {
    make_plan(synthetic_model("bvlc_googlenet", 1), request);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "no error";
}

TEST(PartialPlanRequest, SaysWhatIsWrong) {
  EXPECT_EQ(message_of("mixed9z", {"mixed4a", false, {}}), "unknown layer 'mixed9z'");
  EXPECT_EQ(message_of("mixed4d", {"mixed4a", false, {}}), "mixed4a is not computed from mixed4d");
  EXPECT_EQ(message_of("mixed4d", {"mixed4d", true, {}}), "mixed4d:pre is not computed from mixed4d");
  EXPECT_EQ(message_of("mixed4d_1x1", {"mixed4d_3x3", false, {}}),
            "mixed4d_3x3 is not computed from mixed4d_1x1");
  EXPECT_EQ(message_of("mixed4d_3x3_bottleneck", {"mixed4d", false, {}}),
            "mixed4d is computed from more than mixed4d_3x3_bottleneck");
  EXPECT_EQ(message_of("mixed4d_3x3_bottleneck", {"mixed4d_3x3", true, {}}), "no error");
}

}  // namespace
}  // namespace limpid
