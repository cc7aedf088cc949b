// The engine's input gradients against double precision along the engine's own choices.
//
// End to end, an fp32 gradient differs from double precision by far more than rounding as soon as one
// near-tie falls the other way. With the same ReLU masks and max-pool choices both are smooth functions, and
// must agree to rounding: this tells selection flips from defects.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "engine/network/executor.h"
#include "engine/network/picture.h"
#include "engine/network/planner.h"
#include "engine/network/stages.h"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"
#include "kernels/backend.h"
#include "tests/golden/golden_data.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_network.h"
#include "weights/import.h"
#include "weights/topology.h"

namespace limpid {
namespace {

using golden::RecordedObjective;
using reference::Map;
using reference::relative_l2;
using reference::Selections;

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

void write_input(const Map& input, NetworkExecutor& network) {
  std::transform(input.values.begin(), input.values.end(), network.input().data,
                 [](double value) { return static_cast<float>(value); });
}

/// Value and input gradient of an objective, with the whole of its layer computed.
struct EngineGradient {
  double value;
  std::vector<float> values;
};
EngineGradient engine_gradient(const Model& model, const Map& input, const Objective& objective) {
  HostThreads threads(0);
  const auto backend = cpu::make_backend();
  const TargetRequest target{objective.layer, objective.pre_relu, {}};
  NetworkExecutor network(*backend, threads.stream(), model,
                          make_plan(model, {{target}, input.h, input.w, 1, true}));
  network.terms(0)[0] = term_of(objective, network.plan().targets.front());
  write_input(input, network);
  network.forward();
  network.backward();
  const Planar<float> gradient = network.input_gradient();
  return {network.values().front(), {gradient.data, gradient.data + gradient.elements()}};
}

/// The layer whose value holds that of `layer`: the module of a branch, any other layer itself.
std::string holder_of(const std::string& layer) {
  for (const std::string_view branch : kBranches) {
    const std::string suffix = std::string("_").append(branch);
    if (layer.ends_with(suffix)) return layer.substr(0, layer.size() - suffix.size());
  }
  return layer;
}

/// A forward pass of the engine that shows every value it chose by. Same shapes and same operations as a pass
/// for a gradient, so the same bits.
class OpenPass {
 public:
  /// Opens what the choices of `layers` are made from.
  OpenPass(const Model& model, const Map& input, const Selections& layers) : model_(model), layers_(layers) {
    PlanRequest request{{}, input.h, input.w, 1, false};
    const auto open = [&](const std::string& layer) {
      const int index = static_cast<int>(request.targets.size());
      if (opened_.try_emplace(layer, index).second) request.targets.push_back({layer, false, {}});
    };
    for (const auto& [name, mask] : layers.relu) open(holder_of(name));
    for (const auto& [name, argmax] : layers.pool) open(pool_input(name));
    network_ =
        std::make_unique<NetworkExecutor>(*backend_, threads_.stream(), model, make_plan(model, request));
    write_input(input, *network_);
    network_->forward();
  }

  Selections choices() {
    Selections chosen;
    for (const auto& [name, mask] : layers_.relu)
      chosen.relu[name] = reference::positive_mask(value_of(name));
    for (const auto& [name, argmax] : layers_.pool) {
      const Map map = value_of(pool_input(name));
      const int stride = name.ends_with("_pool") ? 1 : 2;
      chosen.pool[name] =
          reference::max_pool_argmax(map, reference::slide_pool(model_.padding, map.h, map.w, 3, stride));
    }
    return chosen;
  }

 private:
  Map value_of(const std::string& layer) {
    const std::string holder = holder_of(layer);
    const Map whole = read_target(*network_, opened_.at(holder));
    if (holder == layer) return whole;
    int first = 0;
    for (const std::string_view branch : kBranches) {
      const std::string name = holder + "_" + std::string(branch);
      if (name == layer) break;
      first += model_.layer(name).k;
    }
    return reference::slice(whole, first, model_.layer(layer).k);
  }

  const Model& model_;
  Selections layers_;
  std::map<std::string, int> opened_;  ///< Number of the target that shows a layer.
  HostThreads threads_{0};
  std::unique_ptr<Backend> backend_ = cpu::make_backend();
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
    const Selections chosen = OpenPass(model, input, layers).choices();
    const EngineGradient gradient = engine_gradient(model, input, recorded.objective);

    const reference::Trace same = oracle.forward(input, reference::value_name(recorded.objective), chosen);
    const reference::Gradients expected = oracle.backward(same, recorded.objective);
    EXPECT_NEAR(gradient.value, expected.value, 1e-5 * std::abs(expected.value));
    EXPECT_LE(relative_l2(gradient.values, expected.input().values), 1e-5);

    // For the record: what a user sees end to end, and how many choices explain it.
    RecordProperty("end_to_end_" + recorded.objective.layer,
                   std::to_string(relative_l2(gradient.values, free.input().values)));
    RecordProperty("flipped_relu_" + recorded.objective.layer,
                   std::to_string(count_different(chosen.relu, layers.relu)));
    RecordProperty("flipped_pool_" + recorded.objective.layer,
                   std::to_string(count_different(chosen.pool, layers.pool)));
  }
}

}  // namespace
}  // namespace limpid
