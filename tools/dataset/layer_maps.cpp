#include "tools/dataset/layer_maps.h"

namespace limpid {
namespace {

SessionOptions session_of_layer(const ExampleLayer& layer, const ComputeOptions& compute) {
  SessionOptions options;
  options.targets = {layer.name};
  options.backward = false;
  options.compute = compute;
  return options;
}

}  // namespace

LayerMaps::LayerMaps(const IndexManifest& manifest, std::size_t layer,
                     const std::shared_ptr<const Model>& model, const ComputeOptions& compute)
    : size_(manifest.size), session_(model, session_of_layer(manifest.layers[layer], compute)) {
  const ExampleLayer& of = manifest.layers[layer];
  maps_.resize(static_cast<std::size_t>(of.channels) * static_cast<std::size_t>(of.height) *
               static_cast<std::size_t>(of.width));
  outputs_ = {dense_view(maps_.data(), Extents{1, of.channels, of.height, of.width})};
}

std::span<const float> LayerMaps::of(const Image& shown) {
  session_.forward({shown.rgb.data(), {1, 3, size_, size_}, {size_ * size_ * 3, 1, size_ * 3, 3}}, outputs_);
  return maps_;
}

}  // namespace limpid
