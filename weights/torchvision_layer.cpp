#include "weights/torchvision_layer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// torchvision's BatchNorm2d is made with this, not with PyTorch's default.
constexpr double kEpsilon = 1e-3;

/// What the first layer reads is (255 p - 127.5) over this.
constexpr double kInputScale = 127.5;

/// Scale and shift of each output channel: y = scale x + shift.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

/// The four tensors of a batch normalisation over `channels`.
struct BatchNorm {
  FileTensor weight, bias, mean, variance;
};

Affine fold(const BatchNorm& norm, std::uint64_t channels, const std::string& origin) {
  const std::vector<float> weight = norm.weight.values(channels);
  const std::vector<float> bias = norm.bias.values(channels);
  const std::vector<float> mean = norm.mean.values(channels);
  const std::vector<float> variance = norm.variance.values(channels);
  Affine affine;
  for (std::size_t k = 0; k < weight.size(); ++k) {
    if (!(variance[k] >= 0)) {
      fail_input("{}: tensor '{}': a variance is {}", origin, norm.variance.name, variance[k]);
    }
    affine.scale.push_back(weight[k] / std::sqrt(variance[k] + kEpsilon));
    affine.shift.push_back(bias[k] - affine.scale[k] * mean[k]);
  }
  return affine;
}

}  // namespace

ConvLayer torchvision_layer(const LayerSpec& spec, const std::string& name, NamedTensors& tensors,
                            LayerShapes& shapes, const std::string& origin) {
  const auto take = [&](const char* part) { return tensors.expect({name + part}, spec.name); };
  if (spec.is_classifier) return make_layer(spec, take(".weight"), take(".bias"), shapes);

  const double input_scale = spec.inputs.empty() ? kInputScale : 1;
  FileTensor filter = take(".conv.weight");
  if (spec.size == 5) filter = within_5x5(std::move(filter));
  if (!tensors.has(name + ".bn.weight") && tensors.has(name + ".conv.bias")) {
    ConvLayer layer = make_layer(spec, filter, take(".conv.bias"), shapes);
    for (float& value : layer.filter) value = static_cast<float>(value / input_scale);
    return layer;
  }
  const BatchNorm norm{take(".bn.weight"), take(".bn.bias"), take(".bn.running_mean"),
                       take(".bn.running_var")};
  for (const FileTensor* part : {&norm.weight, &norm.mean, &norm.variance}) {
    if (part->shape != norm.bias.shape) {
      fail_input("{}: tensor '{}' is {}, but '{}' is {}", origin, part->name, format_shape(part->shape),
                 norm.bias.name, format_shape(norm.bias.shape));
    }
  }

  ConvLayer layer = make_layer(spec, filter, norm.bias, shapes);
  const Affine affine = fold(norm, layer.bias.size(), origin);
  const std::size_t taps = layer.filter.size() / layer.bias.size();
  for (std::size_t k = 0; k < layer.bias.size(); ++k) {
    for (std::size_t i = k * taps; i < (k + 1) * taps; ++i) {
      layer.filter[i] = static_cast<float>(layer.filter[i] * affine.scale[k] / input_scale);
    }
    layer.bias[k] = static_cast<float>(affine.shift[k]);
  }
  return layer;
}

}  // namespace limpid
