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

OpenPass::OpenPass(const Model& model, const Map& input, const Selections& layers,
                   const ExecutorOptions& options)
    : model_(model), layers_of_(model.network), layers_(layers) {
  PlanRequest request{{}, input.h, input.w, 1, false};
  const auto open = [&](const std::string& layer) {
    const int index = static_cast<int>(request.targets.size());
    if (opened_.try_emplace(layer, index).second) request.targets.push_back({layer, false, {}});
  };
  for (const auto& [name, mask] : layers.relu) open(holder_of(name));
  for (const auto& [name, argmax] : layers.pool) open(pool_input(layers_of_, name));
  network_ = std::make_unique<NetworkExecutor>(*backend_, threads_.stream(), model, make_plan(model, request),
                                               options);
  write_input(input, *network_);
  network_->forward();
}

Selections OpenPass::choices() {
  Selections chosen;
  for (const auto& [name, mask] : layers_.relu) chosen.relu[name] = reference::positive_mask(value_of(name));
  for (const auto& [name, argmax] : layers_.pool) {
    const Map map = value_of(pool_input(layers_of_, name));
    const MaxPoolNode& pool = *layers_of_.as<MaxPoolNode>(layers_of_.find(name));
    chosen.pool[name] = reference::max_pool_argmax(
        map, reference::slide_pool(pool.padding, map.h, map.w, pool.size, pool.stride));
  }
  return chosen;
}

Map OpenPass::value_of(const std::string& layer) {
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
