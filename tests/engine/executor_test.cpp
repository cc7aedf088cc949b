// The network forward and back, against double precision along the engine's own choices.
#include "engine/network/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "engine/network/layers.h"
#include "engine/network/planner.h"
#include "engine/objective/terms.h"
#include "tests/engine/engine_run.h"
#include "tests/reference/comparison.h"
#include "weights/inception_v1.h"
#include "weights/synthetic.h"

namespace limpid::executor_test {
namespace {

using reference::Map;
using reference::relative_l2;
using test::engine_gradient;
using test::EngineGradient;

/// A family at a size; odd sizes exercise asymmetric padding and hanging windows.
struct Case {
  const char* family;
  int h, w;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.family << ' ' << c.h << 'x' << c.w;
}

class ExecutorGradients : public ::testing::TestWithParam<Case> {
 protected:
  ExecutorGradients()
      : model_(synthetic_model(GetParam().family, 3)),
        input_(test::make_input(GetParam().h, GetParam().w, 5)),
        oracle_(model_),
        trace_(
            oracle_.forward(input_, "softmax",
                            test::OpenPass(model_, input_, oracle_.forward(input_).selections).choices())) {}

  /// Rounding grows by about the square root of the number of layers, at 8e-7 each (Winograd's, the largest):
  /// 5e-6 after forty. 1e-5 is what every layer's own vector-Jacobian product must keep, too.
  void expect_agreement(const ObjectiveTerm& objective, bool pruned) {
    SCOPED_TRACE(to_string(objective));
    const EngineGradient actual = engine_gradient(model_, input_, objective, pruned);
    const reference::Gradients expected = oracle_.backward(trace_, objective);
    // A single value may be the small difference of large sums: its error is on the scale of the map.
    const Map& map = trace_.at(reference::value_name(objective));
    double largest = 0;
    for (const double value : map.values) largest = std::max(largest, std::abs(value));
    const double scale = objective.kind == TermKind::layer ? expected.value : largest;
    EXPECT_NEAR(actual.value, expected.value, 1e-5 * scale);
    EXPECT_LE(relative_l2(actual.values, expected.input().values), 1e-5);
  }

  Model model_;
  Map input_;
  reference::Network oracle_;
  reference::Trace trace_;
};

TEST_P(ExecutorGradients, OfEveryStage) {
  for (const std::string& layer : layer_names(model_)) {
    const bool of_module = layer.find('_') != std::string::npos;
    const bool left_out = layer.starts_with("localresponsenorm") && !rules_of(model_.network).lrn.present;
    if (of_module || left_out) continue;
    ObjectiveTerm objective;
    objective.kind = TermKind::layer;
    objective.layer = layer;
    expect_agreement(objective, false);
  }
}

TEST_P(ExecutorGradients, OfEveryPartOfAModule) {
  for (const char* module : {"mixed3a", "mixed4d"}) {
    for (const char* part :
         {"_1x1", "_3x3_bottleneck", "_3x3", "_5x5_bottleneck", "_5x5", "_pool", "_pool_reduce"}) {
      ObjectiveTerm objective;
      objective.kind = TermKind::layer;
      objective.layer = std::string(module) + part;
      expect_agreement(objective, false);
    }
  }
}

TEST_P(ExecutorGradients, BeforeTheRelu) {
  for (const char* layer :
       {"conv2d0", "conv2d2", "mixed3b", "mixed4a", "mixed4a_3x3", "mixed4a_5x5_bottleneck"}) {
    ObjectiveTerm objective;
    objective.kind = TermKind::layer;
    objective.layer = layer;
    objective.pre_relu = true;
    expect_agreement(objective, false);
  }
}

/// One channel of each branch, with nothing computed that it does not need; negative weights too.
TEST_P(ExecutorGradients, OfPrunedChannelsAndNeurons) {
  for (const char* module : {"mixed3a", "mixed4a", "mixed5b"}) {
    int first = 0;
    for (const char* branch : {"_1x1", "_3x3", "_5x5", "_pool_reduce"}) {
      const int count = model_.layer(std::string(module) + branch).k;
      ObjectiveTerm objective;
      objective.layer = module;
      objective.channel = first + count - 1;
      objective.pre_relu = true;  // A ReLU's output may be zero everywhere, and test nothing.
      objective.weight = -1;
      expect_agreement(objective, true);
      objective.position = Position{0, 0};
      expect_agreement(objective, true);
      first += count;
    }
  }
  for (const char* head : {"logits", "softmax"}) {
    ObjectiveTerm objective;
    objective.layer = head;
    objective.channel = model_.class_count() - 1;
    expect_agreement(objective, true);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, ExecutorGradients,
                         ::testing::Values(Case{"bvlc_googlenet", 48, 48}, Case{"bvlc_googlenet", 51, 70},
                                           Case{"inception5h", 59, 46}, Case{"limpid_default", 37, 54},
                                           Case{"torchvision_googlenet", 53, 86}));

/// What a batch computes for one image.
EngineGradient run_in_batch(const Model& model, const std::vector<Map>& inputs,
                            const std::vector<ObjectiveTerm>& objectives, int image, int thread_count) {
  HostThreads threads(thread_count);
  const auto backend = cpu::make_backend();
  const int batch = static_cast<int>(inputs.size());
  const Map& first = inputs.front();
  NetworkExecutor network(
      *backend, threads.stream(), model,
      make_plan(model, {{{objectives.front().layer, false, {}}}, first.h, first.w, batch, true}));
  for (int n = 0; n < batch; ++n) {
    const auto i = static_cast<std::size_t>(n);
    test::write_input(inputs[i], network, n);
    network.set_term(0, n, term_of(objectives[i], network.plan().targets.front()));
  }
  network.forward();
  network.backward();
  const float* gradient = network.input_gradient().plane(image, 0);
  return {network.values()[static_cast<std::size_t>(image)],
          {gradient, gradient + std::ptrdiff_t{3} * first.h * first.w}};
}

TEST(Executor, AnImageDoesNotDependOnItsBatchNorOnTheNumberOfThreads) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  std::vector<Map> inputs;
  std::vector<ObjectiveTerm> objectives(3);
  for (unsigned i = 0; i < 3; ++i) {
    inputs.push_back(test::make_input(71, 64, i));
    objectives[i].layer = "mixed4b";
    objectives[i].channel = static_cast<int>(i) * 100;
  }
  objectives[2].kind = TermKind::layer;
  for (int image = 0; image < 3; ++image) {
    const auto i = static_cast<std::size_t>(image);
    const EngineGradient alone = run_in_batch(model, {inputs[i]}, {objectives[i]}, 0, 1);
    for (const int threads : {1, 2, 3}) {
      const EngineGradient together = run_in_batch(model, inputs, objectives, image, threads);
      EXPECT_EQ(alone.value, together.value) << image;
      EXPECT_EQ(alone.values, together.values) << image << " on " << threads << " threads";
    }
  }
}

TEST(Executor, RepeatsItsResultBitForBit) {
  const Model model = synthetic_model("inception5h", 1);
  const std::vector<Map> input = {test::make_input(64, 64, 9)};
  std::vector<ObjectiveTerm> objective(1);
  objective[0].layer = "mixed4a";
  objective[0].kind = TermKind::layer;
  const EngineGradient first = run_in_batch(model, input, objective, 0, 2);
  const EngineGradient second = run_in_batch(model, input, objective, 0, 2);
  EXPECT_EQ(first.values, second.values);
}

/// Batch of two; image 0 asks for a channel that is silent everywhere, image 1 for one that is not.
TEST(Executor, RuledReluWakesASilentUnitAndLeavesOthersAlone) {
  Model model = synthetic_model("bvlc_googlenet", 1);
  const auto layer = std::find_if(model.layers.begin(), model.layers.end(),
                                  [](const ConvLayer& l) { return l.name == "mixed4a_1x1"; });
  layer->bias[7] = -1e6F;
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  NetworkExecutor network(*backend, threads.stream(), model,
                          make_plan(model, {{{"mixed4a", false, {}}}, 64, 64, 2, true}));
  for (int n = 0; n < 2; ++n) {
    ObjectiveTerm objective;
    objective.layer = "mixed4a";
    objective.channel = n == 0 ? 7 : 8;
    network.set_term(0, n, term_of(objective, network.plan().targets.front()));
    test::write_input(test::make_input(64, 64, static_cast<unsigned>(n)), network, n);
  }
  const auto gradient_of = [&](int n) {
    const float* begin = network.input_gradient().plane(n, 0);
    return std::vector<float>(begin, begin + 3 * 64 * 64);
  };
  const auto is_zero = [](const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float x) { return x == 0.0F; });
  };
  network.forward();
  network.backward();
  ASSERT_TRUE(is_zero(gradient_of(0)));
  const std::vector<float> other = gradient_of(1);
  ASSERT_FALSE(is_zero(other));

  network.relu_rules()[0] = ReluGradient::redirected;
  network.forward();
  network.backward(NetworkExecutor::ReluRule::ruled);
  EXPECT_FALSE(is_zero(gradient_of(0)));
  EXPECT_EQ(gradient_of(1), other);
}

TEST(Executor, NamesTheFirstOperationThatIsNotFinite) {
  Model model = synthetic_model("bvlc_googlenet", 1);
  const auto layer = std::find_if(model.layers.begin(), model.layers.end(),
                                  [](const ConvLayer& l) { return l.name == "mixed3a_5x5"; });
  layer->bias[3] = std::numeric_limits<float>::infinity();
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  NetworkExecutor network(*backend, threads.stream(), model,
                          make_plan(model, {{{"mixed3b", false, {}}}, 64, 64, 1, true}));
  test::write_input(test::make_input(64, 64, 1), network);
  EXPECT_EQ(network.first_non_finite(), "mixed3a_5x5 fprop");
}

}  // namespace
}  // namespace limpid::executor_test
