#include "tests/engine/engine_run.h"

#include <algorithm>
#include <random>

#include "engine/network/planner.h"
#include "engine/objective/terms.h"
#include "weights/inception_v1.h"
#include "weights/topology.h"

namespace limpid::test {

using reference::Map;
using reference::Selections;

namespace {

/// What a pool reads.
std::string pool_input(const Network& network, const std::string& pool) {
  return network.node(network.node(network.find(pool)).inputs.front()).name;
}

/// The layer whose value holds that of `layer`: the module of a branch, any other layer itself.
std::string holder_of(const std::string& layer) {
  for (const std::string_view branch : kBranches) {
    const std::string suffix = std::string("_").append(branch);
    if (layer.ends_with(suffix)) return layer.substr(0, layer.size() - suffix.size());
  }
  return layer;
}

}  // namespace

Map read_target(NetworkExecutor& network, int index, int n) {
  const PlanTarget& target = network.plan().targets[static_cast<std::size_t>(index)];
  const auto view = network.target_value(index).as<const float>();
  Map map(target.logical_channels, target.h, target.w);
  for (int c = 0; c < map.c; ++c) {
    const int physical = target.channels.physical(c);
    for (int y = 0; y < map.h; ++y) {
      for (int x = 0; x < map.w; ++x)
        map.at(c, y, x) = double{view.at(n, physical / kGroup, y, x)[physical % kGroup]};
    }
  }
  return map;
}

Map make_input(int h, int w, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> noise(0, 40);
  Map input(3, h, w);
  for (double& value : input.values) value = static_cast<float>(noise(generator));
  return input;
}

void write_input(const Map& input, NetworkExecutor& network, int n) {
  std::transform(input.values.begin(), input.values.end(), network.input().plane(n, 0),
                 [](double value) { return static_cast<float>(value); });
}

EngineGradient engine_gradient(const Model& model, const Map& input, const ObjectiveTerm& objective,
                               bool pruned, int thread_count) {
  HostThreads threads(thread_count);
  const auto backend = cpu::make_backend();
  TargetRequest target = target_of(objective);
  if (!pruned) target.channels.clear();
  NetworkExecutor network(*backend, threads.stream(), model,
                          make_plan(model, {{target}, input.h, input.w, 1, true}));
  network.set_term(0, 0, term_of(objective, network.plan().targets.front()));
  write_input(input, network);
  network.forward();
  network.backward();
  const Planar<float> gradient = network.input_gradient();
  return {network.values()[0], {gradient.data, gradient.data + gradient.elements()}};
}

std::vector<std::string> layers_that_show(const Model& model, const Selections& layers) {
  std::vector<std::string> shown;
  const auto show = [&](const std::string& layer) {
    if (std::find(shown.begin(), shown.end(), layer) == shown.end()) shown.push_back(layer);
  };
  for (const auto& [name, mask] : layers.relu) show(holder_of(name));
  for (const auto& [name, argmax] : layers.pool) show(pool_input(model.network, name));
  return shown;
}

Selections choices_of(const Model& model, const Selections& layers,
                      const std::function<Map(const std::string&)>& value_of) {
  const auto part = [&](const std::string& layer) {
    const std::string holder = holder_of(layer);
    const Map whole = value_of(holder);
    if (holder == layer) return whole;
    int first = 0;
    for (const std::string_view branch : kBranches) {
      const std::string name = holder + "_" + std::string(branch);
      if (name == layer) break;
      first += model.layer(name).k;
    }
    return reference::slice(whole, first, model.layer(layer).k);
  };
  Selections chosen;
  for (const auto& [name, mask] : layers.relu) chosen.relu[name] = reference::positive_mask(part(name));
  for (const auto& [name, argmax] : layers.pool) {
    const Map map = value_of(pool_input(model.network, name));
    const MaxPoolNode& pool = *model.network.as<MaxPoolNode>(model.network.find(name));
    chosen.pool[name] = reference::max_pool_argmax(
        map, reference::slide_pool(pool.padding, map.h, map.w, pool.size, pool.stride));
  }
  return chosen;
}

OpenPass::OpenPass(const Model& model, const Map& input, const Selections& layers,
                   const ExecutorOptions& options)
    : model_(model), layers_(layers) {
  PlanRequest request{{}, input.h, input.w, 1, false};
  for (const std::string& layer : layers_that_show(model, layers)) {
    opened_.emplace(layer, static_cast<int>(request.targets.size()));
    request.targets.push_back({layer, false, {}});
  }
  network_ = std::make_unique<NetworkExecutor>(*backend_, threads_.stream(), model, make_plan(model, request),
                                               options);
  write_input(input, *network_);
  network_->forward();
}

Selections OpenPass::choices() {
  return choices_of(model_, layers_,
                    [&](const std::string& layer) { return read_target(*network_, opened_.at(layer)); });
}

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

}  // namespace limpid::test
