#include "weights/append_layer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "weights/check_network.h"
#include "weights/inception_v1.h"
#include "weights/layer_names.h"
#include "weights/topology.h"

namespace limpid {
namespace {

/// The node that a layer reads.
ValueId find_input(const Network& network, const AppendedLayer& layer, const std::string& origin) {
  const ValueId named = network.find(layer.reads);
  if (named < 0) {
    fail_input("{}: '{}' reads '{}', which does not exist", origin, layer.conv.name, layer.reads);
  }
  if (!layer.reads_pre_relu) return named;
  if (network.as<ReluNode>(named) == nullptr) {
    fail_input(
        "{}: '{}' reads '{}' before its ReLU, which only a single convolution has; take one of its branches, or the "
        "layer after its ReLU",
        origin, layer.conv.name, layer.reads);
  }
  return network.node(named).inputs.front();
}

/// What goes on behind a ReLU, against the layer's width.
void check_gate(const AppendedLayer& layer, const std::string& origin) {
  const ConvLayer& conv = layer.conv;
  const ReluNode& gated = layer.gated;
  if (gated.gate == ReluGate::top_k && (gated.kept < 1 || gated.kept > conv.k)) {
    fail_input("{}: layer '{}': its TopK keeps {} of {} channels", origin, conv.name, gated.kept, conv.k);
  }
  const bool has_thresholds = layer.relu && gated.gate == ReluGate::threshold;
  if (conv.threshold.size() != (has_thresholds ? conv.bias.size() : 0)) {
    fail_input("{}: layer '{}': {} thresholds for {} channels{}", origin, conv.name, conv.threshold.size(),
               conv.k, has_thresholds ? "" : " without a JumpReLU");
  }
}

/// A layer against the network before it is appended.
void check_layer(const Model& model, const Network& network, const AppendedLayer& layer,
                 const std::string& origin) {
  const ConvLayer& conv = layer.conv;
  if (!is_layer_name(conv.name)) fail_input("{}: '{}' cannot name a layer", origin, conv.name);
  if (network.find(conv.name) >= 0 || find_layer(conv.name))
    fail_input("{}: there is a layer '{}' already", origin, conv.name);
  const ValueId input = find_input(network, layer, origin);
  const int c = channels_of(network, model, input);
  const auto extent = [](int n) { return static_cast<std::size_t>(std::max(n, 0)); };
  if (conv.k < 1 || conv.k > kMostLayerChannels || conv.c != c || conv.size != 1 ||
      conv.filter.size() != extent(conv.k) * extent(c) || conv.bias.size() != extent(conv.k)) {
    fail_input(
        "{}: layer '{}': {} values of filter and {} of bias are no 1x1 convolution of the {} channels of {}",
        origin, conv.name, conv.filter.size(), conv.bias.size(), c, layer.reads);
  }
  check_gate(layer, origin);
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

}  // namespace

bool needs_schema_4(const AppendedLayer& layer) {
  return layer.reads_pre_relu || layer.gated.gate != ReluGate::open;
}

void append_nodes(Network& network, const AppendedLayer& layer) {
  const std::string& name = layer.conv.name;
  const ValueId input = find_input(network, layer, "nodes");
  const Padding padding = rules_of(network).padding;
  network.nodes.push_back({layer.relu ? "" : name, {}, ConvNode{name, 1, 1, padding}, {input}});
  if (layer.relu) network.nodes.push_back({name, {}, layer.gated, {network.size() - 1}});
}

std::vector<AppendedLayer> appended_layers(const Network& network, const std::string& what) {
  Network known = inception_v1(rules_of(network));
  for (ValueId id = 0; id < known.size(); ++id) {
    if (id < network.size() && network.node(id) == known.node(id)) continue;
    fail_input("{} {} is not InceptionV1's by the rules of the others", what, id);
  }
  std::vector<AppendedLayer> appended;
  for (ValueId id = known.size(); id < network.size(); ++id) {
    const auto* conv = network.as<ConvNode>(id);
    const std::vector<ValueId>& inputs = network.node(id).inputs;
    if (conv == nullptr || inputs.size() != 1 || inputs.front() < 1 || inputs.front() >= id) {
      fail_input("{} {} is no 1x1 convolution of a node before it", what, id);
    }
    AppendedLayer& next = appended.emplace_back();
    next.conv.name = conv->layer;
    next.reads = network.node(inputs.front()).name;
    if (const auto* linear = network.as<ConvNode>(inputs.front()); linear != nullptr && next.reads.empty()) {
      next.reads = linear->layer;
      next.reads_pre_relu = true;
    }
    next.relu = network.node(id).name != conv->layer;
    if (const auto* relu = id + 1 < network.size() ? network.as<ReluNode>(id + 1) : nullptr;
        next.relu && relu) {
      next.gated = *relu;
    }
    if (known.find(next.reads) < 0) fail_input("{} {} reads a node without a name", what, id);
    append_nodes(known, next);
    for (; id < known.size(); ++id) {
      if (id < network.size() && network.node(id) == known.node(id)) continue;
      fail_input("{} {} is no 1x1 convolution, and no ReLU of the same name behind one", what, id);
    }
    --id;
  }
  return appended;
}

void check_inception(const Model& model, const std::string& origin) {
  const std::vector<AppendedLayer> appended = appended_layers(model.network, origin + ": node");
  Network known = inception_v1(rules_of(model.network));
  const std::size_t own = inception_layers().size();
  for (std::size_t i = own; i < std::max(model.layers.size(), own + appended.size()); ++i) {
    if (i >= model.layers.size()) {
      fail_input("{}: layer '{}' is missing", origin, appended[i - own].conv.name);
    }
    if (i - own >= appended.size() || model.layers[i].name != appended[i - own].conv.name) {
      fail_input("{}: layer '{}' is not part of the network", origin, model.layers[i].name);
    }
    AppendedLayer layer = appended[i - own];
    layer.conv = model.layers[i];
    check_layer(model, known, layer, origin);
    append_nodes(known, layer);
  }
}

void append_layer(Model& model, AppendedLayer layer, const std::string& origin) {
  layer.conv.c = channels_of(model.network, model, find_input(model.network, layer, origin));
  layer.conv.size = 1;
  check_layer(model, model.network, layer, origin);
  if (!all_finite(layer.conv.filter) || !all_finite(layer.conv.bias) || !all_finite(layer.conv.threshold)) {
    fail_input("{}: layer '{}': a value is not finite", origin, layer.conv.name);
  }
  append_nodes(model.network, layer);
  model.layers.push_back(std::move(layer.conv));
}

}  // namespace limpid
