#include "weights/topology.h"

#include "weights/inception_v1.h"

namespace limpid {
namespace {

/// Names and connections, which all members of the family share.
const Network& shared_network() {
  static const Network shared = inception_v1({});
  return shared;
}

/// The layer a convolution makes, with its ReLU.
const Node& layer_of(ValueId conv) {
  const bool rectified =
      conv + 1 < shared_network().size() && shared_network().as<ReluNode>(conv + 1) != nullptr;
  return shared_network().node(rectified ? conv + 1 : conv);
}

/// Appends the convolutions whose outputs, concatenated, reach a value through what is none.
void append_makers(ValueId id, std::vector<std::string>& makers) {
  if (const auto* conv = shared_network().as<ConvNode>(id)) {
    makers.push_back(conv->layer);
    return;
  }
  for (const ValueId input : shared_network().node(id).inputs) append_makers(input, makers);
}

std::vector<LayerSpec> make_layers() {
  std::vector<LayerSpec> layers;
  for (ValueId id = 1; id < shared_network().size(); ++id) {
    const auto* conv = shared_network().as<ConvNode>(id);
    if (conv == nullptr) continue;
    layers.push_back({conv->layer,
                      layer_of(id).aliases.front(),
                      conv->size,
                      conv->stride,
                      id == shared_network().logits,
                      {}});
    append_makers(shared_network().node(id).inputs.front(), layers.back().inputs);
  }
  return layers;
}

}  // namespace

const std::vector<LayerSpec>& inception_layers() {
  static const std::vector<LayerSpec> layers = make_layers();
  return layers;
}

}  // namespace limpid
