#include "weights/model.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace limpid {

const ConvLayer& Model::layer(std::string_view name) const {
  const auto found = std::find_if(layers.begin(), layers.end(),
                                  [&](const ConvLayer& candidate) { return candidate.name == name; });
  if (found == layers.end()) fail_input("the weights have no layer '{}'", name);
  return *found;
}

const ConvLayer& Model::classifier() const {
  if (network.logits < 0) fail_input("the network has no layer whose channels are classes");
  return layer(network.node(network.logits).name);
}

int channels_of(const Network& network, const Model& model, ValueId id) {
  if (const auto* conv = network.as<ConvNode>(id)) return model.layer(conv->layer).k;
  if (id == 0) return 3;
  int sum = 0;
  for (const ValueId input : network.node(id).inputs) sum += channels_of(network, model, input);
  return sum;
}

}  // namespace limpid
