#include "tests/reference/reference_network.h"

#include <algorithm>

#include "kernels/core/error.h"
#include "weights/topology.h"

namespace limpid::reference {
namespace {

/// The choice given for a layer, or its own.
template <class Choice, class Own>
Choice choose(const std::map<std::string, Choice>& given, const std::string& name, const Own& own) {
  const auto found = given.find(name);
  return found == given.end() ? own() : found->second;
}

/// Value of an objective on a map, and its gradient there.
struct Seed {
  double value = 0;
  Map gradient;
};

void require_channel(const ObjectiveTerm& objective, const Map& map) {
  if (objective.channel < 0 || objective.channel >= map.c) {
    fail_usage("reference objective: channel {} of {}, which has {}", objective.channel, objective.layer,
               map.c);
  }
}

Seed seed_of(const ObjectiveTerm& objective, const Map& map) {
  const double weight = double{objective.weight};
  Seed seed{0, Map(map.c, map.h, map.w)};
  switch (objective.kind) {
    case TermKind::channel: {
      require_channel(objective, map);
      if (objective.position) {
        const Position position =
            objective.position->is_centre() ? Position{map.h / 2, map.w / 2} : *objective.position;
        if (position.y < 0 || position.y >= map.h || position.x < 0 || position.x >= map.w) {
          fail_usage("reference objective: position {},{} outside {}x{}", position.y, position.x, map.h,
                     map.w);
        }
        seed.value = weight * map.at(objective.channel, position.y, position.x);
        seed.gradient.at(objective.channel, position.y, position.x) = weight;
        return seed;
      }
      const double share = weight / static_cast<double>(map.plane_size());
      for (std::size_t i = 0; i < map.plane_size(); ++i) {
        seed.value += share * map.plane(objective.channel)[i];
        seed.gradient.plane(objective.channel)[i] = share;
      }
      return seed;
    }
    case TermKind::layer: {
      const double share = weight / static_cast<double>(map.values.size());
      for (std::size_t i = 0; i < map.values.size(); ++i) {
        seed.value += share * map.values[i] * map.values[i];
        seed.gradient.values[i] = 2 * share * map.values[i];
      }
      return seed;
    }
    default:
      fail_usage("reference objective: only channels, neurons and layers are its own");
  }
}

}  // namespace

const Map& Trace::at(const std::string& name) const {
  const auto found = values.find(name);
  if (found == values.end()) fail_usage("reference network: the pass has no value named {}", name);
  return found->second;
}

std::string value_name(const ObjectiveTerm& objective) {
  return objective.pre_relu ? objective.layer + ":pre" : objective.layer;
}

Network::Network(const Model& model) : model_(model), rules_(rules_of(model.network)) {
  add_conv("conv2d0", "input", 2);
  add_pool("maxpool0", "conv2d0", 2, rules_.pool_sizes[0]);
  nodes_.push_back({Kind::lrn, "localresponsenorm0", {"maxpool0"}});
  add_conv("conv2d1", "localresponsenorm0");
  add_conv("conv2d2", "conv2d1");
  nodes_.push_back({Kind::lrn, "localresponsenorm1", {"conv2d2"}});
  add_pool("maxpool1", "localresponsenorm1", 2, rules_.pool_sizes[1]);
  std::string previous = "maxpool1";
  for (const std::string_view module : kModules) {
    add_module(std::string(module), previous);
    previous = module;
    // Resolution halves after the 3s and the 4s. Lucid numbers those pools 4 and 10.
    if (module == "mixed3b" || module == "mixed4e") {
      const bool is_first = module == "mixed3b";
      const std::string pool = is_first ? "maxpool4" : "maxpool10";
      add_pool(pool, previous, 2, rules_.pool_sizes[is_first ? 2 : 3]);
      previous = pool;
    }
  }
  nodes_.push_back({Kind::average, "avgpool0", {previous}});
  add_conv("logits", "avgpool0", 1, false);
  nodes_.push_back({Kind::softmax, "softmax", {"logits"}});
}

void Network::add_conv(const std::string& name, const std::string& input, int stride, bool relu) {
  const ConvLayer& layer = model_.layer(name);
  const std::string linear = relu ? name + ":pre" : name;
  nodes_.push_back({Kind::conv, linear, {input}, &layer, layer.size, stride});
  if (relu) nodes_.push_back({Kind::relu, name, {linear}});
}

void Network::add_pool(const std::string& name, const std::string& input, int stride, int size) {
  nodes_.push_back({Kind::max_pool, name, {input}, nullptr, size, stride});
}

void Network::add_module(const std::string& name, const std::string& input) {
  add_conv(name + "_1x1", input);
  add_conv(name + "_3x3_bottleneck", input);
  add_conv(name + "_3x3", name + "_3x3_bottleneck");
  add_conv(name + "_5x5_bottleneck", input);
  add_conv(name + "_5x5", name + "_5x5_bottleneck");
  add_pool(name + "_pool", input, 1);
  add_conv(name + "_pool_reduce", name + "_pool");
  for (const std::string suffix : {":pre", ""}) {
    Node concatenation{Kind::concatenation, name + suffix, {}};
    for (const std::string_view branch : kBranches) {
      concatenation.inputs.push_back(name + "_" + std::string(branch) + suffix);
    }
    nodes_.push_back(concatenation);
  }
}

Map Network::evaluate(const Node& node, const Selections& given, Trace& trace) const {
  const Map& x = trace.at(node.inputs.front());
  switch (node.kind) {
    case Kind::conv:
      return conv_fprop(x, *node.layer, slide_conv(rules_.padding, x.h, x.w, node.size, node.stride));
    case Kind::relu: {
      const Mask& mask = trace.selections.relu[node.name] =
          choose(given.relu, node.name, [&] { return positive_mask(x); });
      return masked(x, mask);
    }
    case Kind::max_pool: {
      const Sliding sliding = slide_pool(rules_.padding, x.h, x.w, node.size, node.stride);
      const Argmax& argmax = trace.selections.pool[node.name] =
          choose(given.pool, node.name, [&] { return max_pool_argmax(x, sliding); });
      return max_pool(x, argmax, sliding);
    }
    case Kind::lrn:
      return lrn_fprop(x, rules_.lrn);
    case Kind::concatenation: {
      std::vector<const Map*> branches;
      for (const std::string& input : node.inputs) branches.push_back(&trace.at(input));
      return concatenate(branches);
    }
    case Kind::average:
      return global_average(x);
    case Kind::softmax:
      return softmax(x);
  }
  fail_usage("reference network: {} is of an unknown kind", node.name);
}

std::vector<Map> Network::input_gradients(const Node& node, const Trace& trace, const Map& dy) const {
  const Map& x = trace.at(node.inputs.front());
  switch (node.kind) {
    case Kind::conv: {
      const Sliding sliding = slide_conv(rules_.padding, x.h, x.w, node.size, node.stride);
      return {conv_dgrad(dy, *node.layer, sliding, x.h, x.w)};
    }
    case Kind::relu:
      return {masked(dy, trace.selections.relu.at(node.name))};
    case Kind::max_pool:
      return {max_pool_vjp(dy, trace.selections.pool.at(node.name), x.h, x.w)};
    case Kind::lrn:
      return {lrn_vjp(x, dy, rules_.lrn)};
    case Kind::concatenation: {
      std::vector<Map> slices;
      int first = 0;
      for (const std::string& input : node.inputs) {
        const int channels = trace.at(input).c;
        slices.push_back(slice(dy, first, channels));
        first += channels;
      }
      return slices;
    }
    case Kind::average:
      return {global_average_vjp(dy, x.h, x.w)};
    case Kind::softmax:
      return {softmax_vjp(trace.at(node.name), dy)};
  }
  fail_usage("reference network: {} is of an unknown kind", node.name);
}

Trace Network::forward(const Map& input, const std::string& last, const Selections& given) const {
  Trace trace;
  trace.values["input"] = input;
  for (const Node& node : nodes_) {
    trace.values[node.name] = evaluate(node, given, trace);
    if (node.name == last) return trace;
  }
  fail_usage("reference network: there is no value named {}", last);
}

Gradients Network::backward(const Trace& trace, const ObjectiveTerm& objective) const {
  const std::string name = value_name(objective);
  const Seed seed = seed_of(objective, trace.at(name));
  Gradients gradients = backward(trace, name, seed.gradient);
  gradients.value = seed.value;
  return gradients;
}

Gradients Network::backward(const Trace& trace, const std::string& name, const Map& seed) const {
  Gradients gradients;
  gradients.values[name] = seed;
  const Map& value = trace.at(name);
  for (std::size_t i = 0; i < seed.values.size(); ++i) gradients.value += seed.values[i] * value.values[i];

  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    const auto dy = gradients.values.find(node->name);
    if (dy == gradients.values.end()) continue;
    std::vector<Map> input_gradient = input_gradients(*node, trace, dy->second);
    for (std::size_t i = 0; i < node->inputs.size(); ++i) {
      const auto [dx, first] = gradients.values.try_emplace(node->inputs[i], std::move(input_gradient[i]));
      if (!first) accumulate(dx->second, input_gradient[i]);
    }
  }
  return gradients;
}

}  // namespace limpid::reference
