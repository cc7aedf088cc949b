#include "weights/append_layer.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"
#include "weights/inception_v1.h"
#include "weights/layer_names.h"
#include "weights/topology.h"

namespace limpid {
namespace {

constexpr std::size_t kLongestName = 64;

/// Far above any dictionary.
constexpr int kMostChannels = 1 << 20;

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_rest = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= kLongestName && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), is_rest);
}

/// A layer against the network before it is appended.
void check(const Model& model, const Network& network, const AppendedLayer& layer,
           const std::string& origin) {
  const ConvLayer& conv = layer.conv;
  if (!is_name(conv.name)) fail_input("{}: '{}' cannot name a layer", origin, conv.name);
  if (network.find(conv.name) >= 0 || find_layer(conv.name))
    fail_input("{}: there is a layer '{}' already", origin, conv.name);
  const ValueId input = network.find(layer.reads);
  if (input < 0) fail_input("{}: '{}' reads '{}', which does not exist", origin, conv.name, layer.reads);
  const int c = channels_of(network, model, input);
  const auto extent = [](int n) { return static_cast<std::size_t>(std::max(n, 0)); };
  if (conv.k < 1 || conv.k > kMostChannels || conv.c != c || conv.size != 1 ||
      conv.filter.size() != extent(conv.k) * extent(c) || conv.bias.size() != extent(conv.k)) {
    fail_input(
        "{}: layer '{}': {} values of filter and {} of bias are no 1x1 convolution of the {} channels of {}",
        origin, conv.name, conv.filter.size(), conv.bias.size(), c, layer.reads);
  }
}

}  // namespace

void append_nodes(Network& network, const AppendedLayer& layer) {
  const std::string& name = layer.conv.name;
  const ValueId input = network.find(layer.reads);
  if (input < 0) fail_input("the appended layer '{}' reads '{}', which does not exist", name, layer.reads);
  const Padding padding = rules_of(network).padding;
  network.nodes.push_back({layer.relu ? "" : name, {}, ConvNode{name, 1, 1, padding}, {input}});
  if (layer.relu) network.nodes.push_back({name, {}, ReluNode{}, {network.size() - 1}});
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
    next.relu = network.node(id).name != conv->layer;
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

void check_appended(const Model& model, const std::string& origin) {
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
    check(model, known, layer, origin);
    append_nodes(known, layer);
  }
}

void append_layer(Model& model, AppendedLayer layer, const std::string& origin) {
  const ValueId input = model.network.find(layer.reads);
  if (input > 0) layer.conv.c = channels_of(model.network, model, input);
  layer.conv.size = 1;
  check(model, model.network, layer, origin);
  const auto is_finite = [](float x) { return std::isfinite(x); };
  if (!std::all_of(layer.conv.filter.begin(), layer.conv.filter.end(), is_finite) ||
      !std::all_of(layer.conv.bias.begin(), layer.conv.bias.end(), is_finite)) {
    fail_input("{}: layer '{}': a value is not finite", origin, layer.conv.name);
  }
  append_nodes(model.network, layer);
  model.layers.push_back(std::move(layer.conv));
}

}  // namespace limpid
