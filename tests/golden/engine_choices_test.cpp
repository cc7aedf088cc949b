// The engine's input gradients against double precision along the engine's own choices.
//
// End to end, an fp32 gradient differs from double precision by far more than rounding as soon as one
// near-tie falls the other way. With the same ReLU masks and max-pool choices both are smooth functions, and
// must agree to rounding: this tells selection flips from defects.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/network/executor.h"
#include "engine/network/picture.h"
#include "engine/network/planner.h"
#include "engine/network/stages.h"
#include "engine/objective/terms.h"
#include "kernels/backend.h"
#include "tests/golden/golden_data.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_network.h"
#include "weights/import.h"

namespace limpid {
namespace {

using golden::RecordedObjective;
using reference::Map;
using reference::relative_l2;
using reference::Selections;

constexpr int kThreads = 2;

/// What a pool reads.
std::string pool_input(const std::string& pool) {
  return std::string(kStages[static_cast<std::size_t>(stage_of(pool) - 1)].name);
}

/// Logical channels of a target, image 0.
Map read_target(NetworkExecutor& network, int index) {
  const PlanTarget& target = network.plan().targets[static_cast<std::size_t>(index)];
  const auto view = network.target_value(index).as<const float>();
  Map map(target.logical_channels, target.h, target.w);
  for (int c = 0; c < map.c; ++c) {
    const int physical = target.channels.physical(c);
    for (int y = 0; y < map.h; ++y) {
      for (int x = 0; x < map.w; ++x)
        map.at(c, y, x) = double{view.at(0, physical / kGroup, y, x)[physical % kGroup]};
    }
  }
  return map;
}

/// An engine pass that shows everything it chose by.
class OpenPass {
 public:
  OpenPass(const Model& model, const Map& input, const RecordedObjective& recorded, const Selections& layers)
      : backend_(cpu::make_backend()), layers_(layers) {
    PlanRequest request{
        {{recorded.objective.layer, recorded.objective.pre_relu, {}}}, input.h, input.w, 1, true};
    for (const auto& [name, mask] : layers.relu) request.targets.push_back({name, false, {}});
    for (const auto& [name, argmax] : layers.pool) request.targets.push_back({pool_input(name), false, {}});
    network_ = std::make_unique<NetworkExecutor>(*backend_, Stream{kThreads, nullptr}, model,
                                                 make_plan(model, request));
    std::transform(input.values.begin(), input.values.end(), network_->input().data,
                   [](double value) { return static_cast<float>(value); });
    network_->terms(0)[0] = term_of(recorded.objective, network_->plan().targets.front());
  }

  /// Runs forward, then reads what it chose.
  Selections forward(Padding padding) {
    network_->forward();
    Selections chosen;
    int target = 1;
    for (const auto& [name, mask] : layers_.relu) {
      chosen.relu[name] = reference::positive_mask(read_target(*network_, target++));
    }
    for (const auto& [name, argmax] : layers_.pool) {
      const Map map = read_target(*network_, target++);
      const int stride = name.ends_with("_pool") ? 1 : 2;
      chosen.pool[name] =
          reference::max_pool_argmax(map, reference::slide_pool(padding, map.h, map.w, 3, stride));
    }
    return chosen;
  }

  std::vector<float> input_gradient() {
    network_->backward();
    const Planar<float> gradient = network_->input_gradient();
    return {gradient.data, gradient.data + gradient.elements()};
  }

  double value() const { return network_->values().front(); }

 private:
  std::unique_ptr<Backend> backend_;
  Selections layers_;
  std::unique_ptr<NetworkExecutor> network_;
};

/// The ReLUs and pools that the gradient passes through.
Selections on_the_way(const reference::Trace& trace, const reference::Gradients& gradients) {
  Selections result;
  for (const auto& [name, mask] : trace.selections.relu) {
    if (gradients.values.contains(name)) result.relu[name] = mask;
  }
  for (const auto& [name, argmax] : trace.selections.pool) {
    if (gradients.values.contains(name)) result.pool[name] = argmax;
  }
  return result;
}

template <class Choice>
std::size_t count_different(const std::map<std::string, Choice>& a, const std::map<std::string, Choice>& b) {
  std::size_t count = 0;
  for (const auto& [name, choice] : a) {
    for (std::size_t i = 0; i < choice.size(); ++i) count += choice[i] != b.at(name)[i];
  }
  return count;
}

TEST(EngineChoices, InputGradientsAgreeWithDoublePrecisionAlongThem) {
  const auto folder = golden::data_folder();
  if (!folder) GTEST_SKIP() << "LIMPID_TEST_DATA is not set";
  const Model model = import_model(*folder / "weights/bvlc_googlenet.caffemodel");
  const golden::RecordedRun run = golden::read_recorded_run(*folder / "reference/bvlc_dog_cat.h5");
  Map input(3, run.height, run.width);
  std::copy(run.input.begin(), run.input.end(), input.values.begin());
  const reference::Network oracle(model);
  const reference::Trace own = oracle.forward(input);

  for (const RecordedObjective& recorded : run.objectives) {
    SCOPED_TRACE(recorded.name);
    const reference::Gradients free = oracle.backward(own, recorded.objective);
    const Selections layers = on_the_way(own, free);
    OpenPass engine(model, input, recorded, layers);
    const Selections chosen = engine.forward(model.padding);
    const std::vector<float> gradient = engine.input_gradient();

    const std::string last = reference::value_name(recorded.objective);
    const reference::Trace same = oracle.forward(input, last, chosen);
    const reference::Gradients expected = oracle.backward(same, recorded.objective);
    EXPECT_NEAR(engine.value(), expected.value, 1e-5 * std::abs(expected.value));
    EXPECT_LE(relative_l2(gradient, expected.input().values), 1e-5);

    // For the record: what a user sees end to end, and how many choices explain it.
    RecordProperty("flipped_relu_" + recorded.name,
                   std::to_string(count_different(chosen.relu, layers.relu)));
    RecordProperty("flipped_pool_" + recorded.name,
                   std::to_string(count_different(chosen.pool, layers.pool)));
    std::printf("%s\tsame %.2e\tfree %.2e\trelu flips %zu pool flips %zu\n", recorded.name.c_str(),
                relative_l2(gradient, expected.input().values), relative_l2(gradient, free.input().values),
                count_different(chosen.relu, layers.relu), count_different(chosen.pool, layers.pool));
  }
}

}  // namespace
}  // namespace limpid
