// Goals that read a layer before and after its ReLU, or a module and parts of it: against double precision
// along the engine's own choices, and against the same goals one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane.h"
#include "tests/engine/engine_run.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/reference/comparison.h"
#include "weights/synthetic.h"

namespace limpid::both_sides_test {
namespace {

using reference::Map;
using reference::relative_l2;
using ReluRule = NetworkExecutor::ReluRule;

/// Both kinds of a stand-alone convolution, of outputs and bottlenecks of a module, of a branch beside the
/// whole; targets in either order, above each other, whole and of single channels.
constexpr const char* kObjectives[] = {
    "mixed4a:10 + mixed4a:12:pre",
    "mixed4a:11:pre + 0.5*mixed4d:4",
    "conv2d2:7:pre + mixed3a:1",
    "conv2d0:3:pre - 2*conv2d0 + mixed3a:4",
    "mixed3b + mixed3b:pre + 3*mixed4a",
    "mixed4a:200:pre + mixed4a_1x1:5",
    "mixed4a_3x3_bottleneck:3:pre + mixed4a",
    "mixed4a_5x5_bottleneck:pre + mixed4a_3x3_bottleneck + mixed4a_5x5:pre + mixed4a_1x1",
    "mixed4a_5x5_bottleneck + mixed4a_3x3_bottleneck:pre + mixed4a_5x5_bottleneck:1:pre - mixed4a_1x1 + "
    "mixed4b:1",
    "mixed4a + mixed4a_3x3:pre + mixed4a_pool_reduce:5 - mixed4a_pool_reduce:6:pre",
    "mixed4a_3x3:4 + mixed4a",
    "mixed4a:3 + 2*mixed4a_1x1:3 + mixed4a_1x1:4:pre",
    "mixed4a:11:pre + mixed4a_3x3:5:pre - 0.5*mixed4a_1x1:pre",
    "mixed4a_3x3:5 + mixed4a_1x1 + mixed4b",
};

Objective objective(const std::string& text, const Model& model) {
  return parse_objective(text, model);
}

Goals goals_of(const std::string& text, const std::vector<std::string>& watched, const Model& model) {
  Goals goals{objective(text, model), {}};
  for (const std::string& other : watched) goals.watched.push_back(objective(other, model));
  return goals;
}

/// One value a column, and the input gradient.
struct Outcome {
  std::vector<double> values;
  std::vector<float> gradient;
};

struct Setting {
  bool pruned = true;
  Concurrency concurrency = Concurrency::serial;
  ReluGradient rule = ReluGradient::plain;
};

Outcome run(Backend& backend, const Model& model, const Map& input, const Goals& goals,
            const Setting& setting) {
  HostThreads threads(2);
  const GoalShape shape = shape_of(goals);
  PlanRequest request{shape.targets, input.h, input.w, 1, true, setting.concurrency, shape.columns};
  if (!setting.pruned) {
    for (TargetRequest& target : request.targets) target.channels.clear();
  }
  NetworkExecutor network(backend, threads.stream(), model, make_plan(model, request));
  const std::vector<TargetTerms> terms = bind_terms(goals, network.plan(), {});
  for (std::size_t i = 0; i < terms.size(); ++i) network.set_terms(static_cast<int>(i), 0, terms[i]);
  std::vector<float> planes(input.values.begin(), input.values.end());
  network.set_input({planes.data(), 1, 3, input.h, input.w});
  if (setting.rule != ReluGradient::plain) network.relu_rules()[0] = setting.rule;
  network.forward();
  network.backward(setting.rule == ReluGradient::plain ? ReluRule::plain : ReluRule::ruled);
  network.get_input_gradient({planes.data(), 1, 3, input.h, input.w});
  return {network.download_values(), planes};
}

Outcome run_on_cpu(const Model& model, const Map& input, const Goals& goals, const Setting& setting = {}) {
  return run(*cpu::make_backend(), model, input, goals, setting);
}

struct Case {
  const char* family;
  int h, w;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.family << ' ' << c.h << 'x' << c.w;
}

class BothSides : public ::testing::TestWithParam<Case> {
 protected:
  BothSides()
      : model_(synthetic_model(GetParam().family, 3)),
        input_(test::make_input(GetParam().h, GetParam().w, 5)),
        oracle_(model_),
        trace_(oracle_.forward(
            input_, "mixed4d",
            test::OpenPass(model_, input_, oracle_.forward(input_, "mixed4d").selections).choices())) {}

  /// What a term's error is measured by: a single value may be the small difference of large sums.
  double scale_of(const ObjectiveTerm& term, double value) const {
    if (term.kind == TermKind::layer) return std::abs(value);
    double largest = 0;
    for (const double x : trace_.at(reference::value_name(term)).values)
      largest = std::max(largest, std::abs(x));
    return std::abs(term.weight) * largest;
  }

  /// Tolerances as for single terms (executor_test.cpp).
  void expect_agreement(const Objective& wanted, const Setting& setting) {
    const Outcome actual = run_on_cpu(model_, input_, {wanted, {}}, setting);
    double value = 0;
    double scale = 0;
    std::vector<double> gradient(input_.values.size());
    for (const ObjectiveTerm& term : wanted.terms) {
      const reference::Gradients one = oracle_.backward(trace_, term);
      EXPECT_TRUE(
          std::any_of(one.input().values.begin(), one.input().values.end(), [](double x) { return x != 0; }))
          << to_string(term) << " is silent and tests nothing";
      value += one.value;
      scale += scale_of(term, one.value);
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += one.input().values[i];
    }
    EXPECT_NEAR(actual.values.front(), value, 1e-5 * scale);
    EXPECT_LE(relative_l2(actual.gradient, gradient), 1e-5);
  }

  Model model_;
  Map input_;
  reference::Network oracle_;
  reference::Trace trace_;
};

TEST_P(BothSides, AGradientIsThatOfDoublePrecision) {
  for (const char* text : kObjectives) {
    for (const bool pruned : {false, true}) {
      SCOPED_TRACE(std::string(text) + (pruned ? ", pruned" : ""));
      expect_agreement(objective(text, model_), {pruned});
    }
  }
}

TEST_P(BothSides, OperationsSideBySideChangeNoBit) {
  for (const char* text : kObjectives) {
    const Goals goals = goals_of(text, {}, model_);
    const Outcome serial = run_on_cpu(model_, input_, goals);
    const Outcome parallel = run_on_cpu(model_, input_, goals, {true, Concurrency::parallel});
    EXPECT_EQ(parallel.values, serial.values) << text;
    EXPECT_EQ(parallel.gradient, serial.gradient) << text;
  }
}

TEST_P(BothSides, WhatIsWatchedHasItsOwnValueAndNoGradient) {
  const std::vector<std::string> watched = {"mixed4a:11:pre", "mixed4a_3x3:5", "mixed4a", "conv2d2:2:pre"};
  const Outcome together = run_on_cpu(model_, input_, goals_of("mixed4a:11 + mixed3b", watched, model_));
  const Outcome alone = run_on_cpu(model_, input_, goals_of("mixed4a:11 + mixed3b", {}, model_));
  ASSERT_EQ(together.values.size(), watched.size() + 1);
  EXPECT_NEAR(together.values[0], alone.values[0], 1e-5 * std::abs(alone.values[0]));
  EXPECT_LE(relative_l2(together.gradient, alone.gradient), 1e-5);
  for (std::size_t i = 0; i < watched.size(); ++i) {
    const ObjectiveTerm term = objective(watched[i], model_).terms.front();
    const double expected = oracle_.backward(trace_, term).value;
    EXPECT_NEAR(together.values[i + 1], expected, 1e-5 * scale_of(term, expected)) << watched[i];
  }
}

/// The map after the ReLU is the one before it where that is positive, bit for bit.
TEST_P(BothSides, OneMapIsTheOthersPositivePart) {
  HostThreads threads(2);
  const auto backend = cpu::make_backend();
  for (const char* layer : {"conv2d0", "conv2d1", "mixed3a", "mixed4a_3x3", "mixed4a_5x5_bottleneck"}) {
    NetworkExecutor network(
        *backend, threads.stream(), model_,
        make_plan(model_, {{{layer, true, {}}, {layer, false, {}}, {"mixed4b", false, {3}}},
                           input_.h,
                           input_.w,
                           1,
                           false}));
    test::write_input(input_, network);
    network.forward();
    Map expected = test::read_target(network, 0);
    EXPECT_LE(relative_l2(expected.values, trace_.at(std::string(layer) + ":pre").values), 1e-5) << layer;
    for (double& x : expected.values) x = std::max(x, 0.0);
    EXPECT_EQ(test::read_target(network, 1).values, expected.values) << layer;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, BothSides,
                         ::testing::Values(Case{"bvlc_googlenet", 51, 70}, Case{"inception5h", 59, 46},
                                           Case{"torchvision_googlenet", 53, 86}));

/// Where a model has no LRN, its layer is the one before: a target of either is one of both.
TEST(SharedValues, TwoNamesOfOneMapAddUp) {
  const Model model = synthetic_model("torchvision_googlenet", 3);
  const Map input = test::make_input(48, 48, 5);
  Goals both = goals_of("maxpool0:3", {}, model);
  both.objective.terms.push_back(both.objective.terms.front());
  both.objective.terms.back().layer = "localresponsenorm0";
  const Outcome twice = run_on_cpu(model, input, both);
  const Outcome expected = run_on_cpu(model, input, goals_of("2*maxpool0:3", {}, model));
  EXPECT_EQ(twice.values, expected.values);
  EXPECT_EQ(twice.gradient, expected.gradient);
}

/// The redirected rule lets the gradient of a silent channel pass its ReLU: it joins that of the channel
/// before the ReLU as if it had not met one.
TEST(BothSidesRuled, ASilentChannelWakesBesideOneBeforeItsRelu) {
  Model model = synthetic_model("bvlc_googlenet", 1);
  for (const auto& [name, channel] : {std::pair{"mixed3a_1x1", 7}, std::pair{"mixed3a_3x3_bottleneck", 5}}) {
    const auto layer = std::find_if(model.layers.begin(), model.layers.end(),
                                    [name = name](const ConvLayer& l) { return l.name == name; });
    layer->bias[static_cast<std::size_t>(channel)] = -1e6F;
  }
  const Map input = test::make_input(64, 64, 1);
  for (const auto& [silent, before] :
       {std::pair{"mixed3a:7", "mixed3a:8:pre"},
        std::pair{"mixed3a_3x3_bottleneck:5", "mixed3a_3x3_bottleneck:6:pre"}}) {
    const std::string text = std::string(silent) + " + " + before;
    const Outcome alone = run_on_cpu(model, input, goals_of(before, {}, model));
    const Outcome plain = run_on_cpu(model, input, goals_of(text, {}, model));
    EXPECT_LE(relative_l2(plain.gradient, alone.gradient), 1e-6) << text;
    const Outcome open =
        run_on_cpu(model, input, goals_of(std::string(silent) + ":pre + " + before, {}, model));
    EXPECT_GE(relative_l2(open.gradient, alone.gradient), 1e-2) << "or the test says nothing: " << text;
    const Outcome ruled = run_on_cpu(model, input, goals_of(text, {}, model),
                                     {true, Concurrency::serial, ReluGradient::redirected});
    EXPECT_LE(relative_l2(ruled.gradient, open.gradient), 1e-6) << text;
  }
}

/// Of whole layers, so that no ReLU lets nothing pass.
TEST(BothSidesRuled, AnActiveNetworkIsLeftAlone) {
  const Model model = synthetic_model("inception5h", 3);
  const Map input = test::make_input(59, 46, 5);
  for (const char* text :
       {"conv2d0:3:pre + mixed3b + mixed3b:pre + 3*mixed4a", "mixed4a_3x3_bottleneck:3:pre + mixed4a",
        "mixed4a + mixed4a_3x3:pre - 0.5*mixed4a_pool_reduce", "mixed4a_1x1 + mixed4b"}) {
    const Goals goals = goals_of(text, {}, model);
    const Outcome plain = run_on_cpu(model, input, goals);
    const Outcome ruled =
        run_on_cpu(model, input, goals, {true, Concurrency::serial, ReluGradient::unmasked});
    EXPECT_EQ(ruled.values, plain.values) << text;
    EXPECT_EQ(ruled.gradient, plain.gradient) << text;
  }
}

TEST(BothSidesOnADevice, AgreesWithTheCpu) {
  const Model model = synthetic_model("inception5h", 1);
  const Map input = test::make_input(49, 40, 7);
  const auto gpu = test::make_simulated_gpu();
  for (const char* text : kObjectives) {
    const Goals goals = goals_of(text, {"mixed3a:1:pre"}, model);
    const Outcome expected = run_on_cpu(model, input, goals);
    const Outcome actual = run(*gpu, model, input, goals, {true, Concurrency::parallel});
    // Sums in another order; the noise has no near-ties for it to tip.
    EXPECT_LE(relative_l2(actual.gradient, expected.gradient), 1e-4) << text;
    for (std::size_t i = 0; i < expected.values.size(); ++i) {
      EXPECT_NEAR(actual.values[i], expected.values[i], 1e-4 * std::abs(expected.values[i])) << text;
    }
  }
}

struct Steps {
  std::vector<std::vector<double>> curves;
  std::vector<float> rgb;
  bool operator==(const Steps&) const = default;
};

/// Ten steps of one slot among others, redirected and not.
Steps steps(Backend& backend, const Model& model, const Goals& goals, int slots, int slot) {
  HostThreads threads(2);
  LaneSpec spec;
  spec.goals = shape_of(goals);
  spec.height = 40;
  spec.width = 33;
  spec.slots = slots;
  Lane lane(backend, backend.asynchronous() ? Stream{} : threads.stream(), model, spec);
  for (int i = 0; i < slots; ++i) {
    SlotJob job;
    job.goals = goals;
    job.seed = i == slot ? 3 : 100 + static_cast<std::uint64_t>(i);
    job.redirected_relu = 5;
    lane.start(i, job);
  }
  for (int i = 0; i < 10; ++i) lane.step();
  lane.synchronise();
  EXPECT_EQ(lane.failed_step(slot), 0);
  Steps result{{}, lane.picture(slot).rgb};
  for (int column = 0; column < spec.goals.columns; ++column)
    result.curves.push_back(lane.curve(slot, column));
  return result;
}

/// A device runs a step's operations in any order that their operands allow.
TEST(BothSidesOnADevice, StepsAreTheSameInEverySlotAndLikeTheCpus) {
  const Model model = synthetic_model("inception5h", 1);
  const Goals goals =
      goals_of("mixed3a:11 + mixed3a:12:pre + mixed3a_3x3:5 + 0.1*mixed3a_3x3_bottleneck:4:pre",
               {"mixed3a:11:pre", "mixed3b:1"}, model);
  const auto cpu = cpu::make_backend();
  const Steps on_cpu = steps(*cpu, model, goals, 1, 0);
  EXPECT_EQ(steps(*cpu, model, goals, 2, 1), on_cpu);
  const auto gpu = test::make_simulated_gpu();
  const Steps on_gpu = steps(*gpu, model, goals, 1, 0);
  EXPECT_EQ(steps(*gpu, model, goals, 2, 1), on_gpu);
  for (std::size_t column = 0; column < on_cpu.curves.size(); ++column) {
    const double first = on_cpu.curves[column].front();
    EXPECT_NEAR(on_gpu.curves[column].front(), first, 1e-4 * std::abs(first));
  }
  EXPECT_GT(on_cpu.curves[0].back(), on_cpu.curves[0].front());
}

}  // namespace
}  // namespace limpid::both_sides_test
