#include "engine/network/layers.h"

#include <numeric>

#include "kernels/core/error.h"

namespace limpid {
std::vector<std::string> layer_names(const Model& model) {
  return model.network.layer_names();
}

NamedLayer require_layer(const Model& model, std::string_view name) {
  const auto is_here = [&](const std::optional<NamedLayer>& layer) {
    return layer && model.network.find(layer->layer) >= 0;
  };
  if (model.network.find(name) >= 0) return {std::string(name), false};
  const std::optional<NamedLayer> layer = find_layer(name);
  if (is_here(layer)) return *layer;
  const std::string nearest = nearest_layer(name);
  if (is_here(find_layer(nearest.substr(0, nearest.find(':'))))) {
    fail_usage("unknown layer '{}': did you mean '{}'? ('limpid layers' lists them all)", name, nearest);
  }
  fail_usage("unknown layer '{}' ('limpid layers' lists them all)", name);
}

NamedLayer require_target(const Model& model, std::string_view text) {
  constexpr std::string_view kBefore = ":pre";
  const bool before = text.ends_with(kBefore);
  if (before) text.remove_suffix(kBefore.size());
  NamedLayer named = require_layer(model, text);
  named.pre_relu |= before;
  return named;
}

int channel_count(const Model& model, const std::string& layer) {
  return channels_of(model.network, model, model.network.find(layer));
}

std::vector<int> branch_channels(const Model& model, const std::string& layer, int channel) {
  const Network& network = model.network;
  const ValueId id = network.find(layer);
  if (network.as<ConcatNode>(id) == nullptr) return {};
  int first = 0;
  for (const ValueId part : network.node(id).inputs) {
    const int width = channels_of(network, model, part);
    if (channel < first + width) {
      std::vector<int> channels(static_cast<std::size_t>(width));
      std::iota(channels.begin(), channels.end(), first);
      return channels;
    }
    first += width;
  }
  return {};
}

bool has_relu(const Model& model, const std::string& layer) {
  const ValueId id = model.network.find(layer);
  return id >= 0 && model.network.has_relu(id);
}

bool has_classes(const Model& model, const std::string& layer) {
  return model.network.is_classes(model.network.find(layer));
}

std::string probabilities_layer(const Model& model) {
  const Network& network = model.network;
  for (ValueId id = network.logits + 1; id < network.size(); ++id) {
    if (network.is_classes(id)) return network.node(id).name;
  }
  fail_usage("the network has no class probabilities");
}

}  // namespace limpid
