#include "engine/network/layers.h"

#include <algorithm>
#include <numeric>

#include "kernels/core/error.h"
#include "weights/inception_v1.h"

namespace limpid {
namespace {

/// The layers of every member of the family: they differ in rules, not in names.
const Network& known_layers() {
  static const Network network = inception_v1({});
  return network;
}

/// Runs `ask` on the network of a model, which is made only where it has layers of its own.
template <class Ask>
auto with_network(const Model& model, const Ask& ask) {
  return model.appended.empty() ? ask(known_layers()) : ask(network_of(model));
}

}  // namespace

std::vector<std::string> layer_names(const Model& model) {
  return with_network(model, [](const Network& network) { return network.layer_names(); });
}

NamedLayer require_layer(const Model& model, std::string_view name) {
  const bool own = std::any_of(model.appended.begin(), model.appended.end(),
                               [&](const AppendedLayer& layer) { return layer.conv.name == name; });
  if (own) return {std::string(name), false};
  const std::optional<NamedLayer> layer = find_layer(name);
  if (!layer) {
    fail_usage("unknown layer '{}': did you mean '{}'? ('limpid layers' lists them all)", name,
               nearest_layer(name));
  }
  return *layer;
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
  return with_network(
      model, [&](const Network& network) { return channels_of(network, model, network.find(layer)); });
}

std::vector<int> branch_channels(const Model& model, const std::string& layer, int channel) {
  return with_network(model, [&](const Network& network) -> std::vector<int> {
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
  });
}

bool has_relu(const Model& model, const std::string& layer) {
  return with_network(model, [&](const Network& network) {
    const ValueId id = network.find(layer);
    return id >= 0 && network.has_relu(id);
  });
}

bool has_classes(const Model& model, const std::string& layer) {
  return with_network(model, [&](const Network& network) { return network.is_classes(network.find(layer)); });
}

std::string probabilities_layer(const Model& model) {
  return with_network(model, [](const Network& network) -> std::string {
    for (ValueId id = network.logits + 1; id < network.size(); ++id) {
      if (network.is_classes(id)) return network.node(id).name;
    }
    fail_usage("the network has no class probabilities");
  });
}

}  // namespace limpid
