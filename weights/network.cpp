#include "weights/network.h"

#include <algorithm>

namespace limpid {
namespace {

/// Whether nothing comes from the picture to `last` but through `layer`.
bool is_on_every_way(const Network& network, ValueId layer, ValueId last) {
  std::vector<bool> around(network.nodes.size());
  around.front() = true;
  for (ValueId id = 1; id <= last; ++id) {
    for (const ValueId input : network.node(id).inputs) {
      if (around[static_cast<std::size_t>(input)] && id != layer) around[static_cast<std::size_t>(id)] = true;
    }
  }
  return !around[static_cast<std::size_t>(last)];
}

}  // namespace

ValueId Network::find(std::string_view name) const {
  if (name.empty()) return -1;
  for (ValueId id = 1; id < size(); ++id) {
    if (node(id).name == name) return id;
  }
  return -1;
}

std::vector<std::string> Network::layer_names() const {
  std::vector<std::string> names;
  for (ValueId id = 1; id < size(); ++id) {
    if (!node(id).name.empty()) names.push_back(node(id).name);
  }
  return names;
}

bool Network::has_relu(ValueId id) const {
  if (as<ReluNode>(id) != nullptr) return true;
  const std::vector<ValueId>& inputs = node(id).inputs;
  return as<ConcatNode>(id) != nullptr && std::all_of(inputs.begin(), inputs.end(), [&](ValueId part) {
           return as<ReluNode>(part) != nullptr;
         });
}

bool Network::is_classes(ValueId id) const {
  if (id < 0) return false;
  return id == logits || (as<SoftmaxNode>(id) != nullptr && node(id).inputs.front() == logits);
}

std::vector<std::string> Network::trunk_layers() const {
  const ValueId last = logits >= 0 ? logits : size() - 1;
  std::vector<std::string> names;
  for (ValueId layer = 1; layer <= last; ++layer) {
    if (!node(layer).name.empty() && has_relu(layer) && is_on_every_way(*this, layer, last))
      names.push_back(node(layer).name);
  }
  return names;
}

std::vector<int> Network::trunk_depths() const {
  const ValueId last = logits >= 0 ? logits : size() - 1;
  std::vector<int> depths(nodes.size());
  for (ValueId layer = 1; layer <= last; ++layer) {
    if (node(layer).name.empty() || !is_on_every_way(*this, layer, last)) continue;
    for (ValueId id = layer + 1; id < size(); ++id) {
      if (depends(id, layer)) ++depths[static_cast<std::size_t>(id)];
    }
  }
  return depths;
}

bool Network::depends(ValueId later, ValueId earlier) const {
  std::vector<bool> reached(nodes.size());
  reached[static_cast<std::size_t>(earlier)] = true;
  for (ValueId id = earlier + 1; id <= later; ++id) {
    for (const ValueId input : node(id).inputs) {
      if (reached[static_cast<std::size_t>(input)]) reached[static_cast<std::size_t>(id)] = true;
    }
  }
  return reached[static_cast<std::size_t>(later)];
}

}  // namespace limpid
