#include "engine/examples/example_pass.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/network/layers.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/core/parallel.h"

namespace limpid {
namespace {

SessionOptions session_of(const Model& model, const std::vector<ExampleLayer>& layers,
                          const ComputeOptions& compute) {
  SessionOptions options;
  for (const ExampleLayer& layer : layers)
    options.targets.push_back(layer.name + (has_relu(model, layer.name) ? ":pre" : ""));
  options.backward = false;
  options.compute = compute;
  return options;
}

std::size_t positions(const ExampleLayer& layer) {
  return static_cast<std::size_t>(layer.height) * static_cast<std::size_t>(layer.width);
}

std::size_t picture_values(int size) {
  return std::size_t{3} * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
}

}  // namespace

std::vector<ExampleLayer> example_layers(const Model& model, const std::vector<std::string>& names,
                                         int size) {
  if (size < 1 || size > kLargestSide) fail_usage("a size of {} pixels: it is 1 to {}", size, kLargestSide);
  std::vector<ValueId> ids;
  for (const std::string& text : names) {
    const NamedLayer named = require_layer(model, text);
    if (named.pre_relu) {
      fail_usage("'{}' is before a ReLU: of '{}', both sides are kept", text, named.layer);
    }
    ids.push_back(model.network.find(named.layer));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());

  const std::vector<MapSize> sizes = infer_sizes(model.network, 0, {size, size});
  const std::vector<ReceptiveField> fields = receptive_fields(model.network, sizes);
  std::vector<ExampleLayer> layers;
  for (const ValueId id : ids) {
    const std::string& name = model.network.node(id).name;
    if (!reaches(model.network, 0, {size, size}, id)) {
      fail_usage("a picture of {} pixels is too small for {}: it needs {}", size, name,
                 least_size(model.network, 0, id));
    }
    const MapSize map = sizes[static_cast<std::size_t>(id)];
    layers.push_back({name, channel_count(model, name), map.h, map.w, fields[static_cast<std::size_t>(id)]});
  }
  return layers;
}

std::size_t unit_count(std::span<const ExampleLayer> layers) {
  std::size_t units = 0;
  for (const ExampleLayer& layer : layers) units += static_cast<std::size_t>(layer.channels);
  return units;
}

ExamplePass::ExamplePass(std::shared_ptr<const Model> model, std::vector<ExampleLayer> layers, int size,
                         int batch, const ComputeOptions& compute)
    : layers_(std::move(layers)),
      size_(size),
      batch_(batch),
      units_(unit_count(layers_)),
      session_(model, session_of(*model, layers_, compute)),
      threads_(compute.threads),
      input_(static_cast<std::size_t>(batch) * picture_values(size)),
      statistics_(static_cast<std::size_t>(batch) * units_) {
  for (const ExampleLayer& layer : layers_) {
    relu_.push_back(has_relu(*model, layer.name));
    maps_.emplace_back(static_cast<std::size_t>(batch) * static_cast<std::size_t>(layer.channels) *
                       positions(layer));
  }
}

std::span<const MapStatistics> ExamplePass::run(std::span<const Image> pictures) {
  auto to = input_.begin();
  for (const Image& picture : pictures) {
    if (picture.rgb.size() != picture_values(size_))
      fail_usage("a picture of {}x{} in a batch of {}x{}", picture.height, picture.width, size_, size_);
    to = std::copy(picture.rgb.begin(), picture.rgb.end(), to);
  }
  // A batch that is not full keeps its size, for which the network is planned; what is left in it is not looked at.
  const std::int64_t size = size_;
  std::vector<TensorView<float>> outputs;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const ExampleLayer& layer = layers_[i];
    outputs.push_back(dense_view(maps_[i].data(), {batch_, layer.channels, layer.height, layer.width}));
  }
  session_.forward({input_.data(), {batch_, 3, size, size}, {size * size * 3, 1, size * 3, 3}}, outputs);

  std::size_t unit = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto channels = static_cast<std::size_t>(layers_[i].channels);
    const std::size_t count = positions(layers_[i]);
    parallel_for(threads_.stream(), static_cast<std::int64_t>(pictures.size() * channels),
                 [&](std::int64_t index) {
                   const auto map = static_cast<std::size_t>(index);
                   statistics_[map / channels * units_ + unit + map % channels] =
                       map_statistics({maps_[i].data() + map * count, count}, relu_[i]);
                 });
    unit += channels;
  }
  const std::span<const MapStatistics> filled(statistics_.data(), pictures.size() * units_);
  const auto is_finite = [](const MapStatistics& map) { return std::isfinite(map.mean); };
  if (!std::all_of(filled.begin(), filled.end(), is_finite))
    fail_runtime("the network's values are not finite; try --precision fp32");
  return filled;
}

}  // namespace limpid
