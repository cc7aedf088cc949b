#include "weights/validate.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/core/error.h"
#include "weights/check_network.h"
#include "weights/layer_shapes.h"

namespace limpid {
namespace {

/// The filter, bias and thresholds of a convolution that reads `c` channels.
void check_shapes(const ConvLayer& layer, const ConvNode& conv, std::int64_t c, const std::string& origin) {
  const auto dim = [](int n) { return n < 0 ? 0 : static_cast<std::uint64_t>(n); };
  const std::array filter = {dim(layer.k), dim(layer.c), dim(layer.size), dim(layer.size)};
  if (layer.c != c || layer.size != conv.size) {
    fail_input("{}: layer '{}': its filter is {}, but the network needs Kx{}x{}x{} there", origin, layer.name,
               format_shape(filter), c, conv.size, conv.size);
  }
  if (layer.k < 1 || layer.k > kMostLayerChannels) {
    fail_input("{}: layer '{}': {} output channels are not between 1 and {}", origin, layer.name, filter[0],
               kMostLayerChannels);
  }
  if (layer.bias.size() != filter[0]) {
    fail_input("{}: layer '{}': its bias is {}, but its filter has {} output channels", origin, layer.name,
               layer.bias.size(), layer.k);
  }
  if (layer.filter.size() != filter[0] * filter[1] * filter[2] * filter[3]) {
    fail_input("{}: layer '{}': its filter holds {} values, but its shape is {}", origin, layer.name,
               layer.filter.size(), format_shape(filter));
  }
}

/// What goes on behind the ReLU of a convolution, if it has one.
void check_relu_behind(const ConvLayer& layer, const ReluNode* relu, const std::string& origin) {
  if (relu != nullptr && relu->gate == ReluGate::top_k && (relu->kept < 1 || relu->kept > layer.k)) {
    fail_input("{}: layer '{}': its TopK keeps {} of {} channels", origin, layer.name, relu->kept, layer.k);
  }
  const bool has_thresholds = relu != nullptr && relu->gate == ReluGate::threshold;
  if (layer.threshold.size() != (has_thresholds ? layer.bias.size() : 0)) {
    fail_input("{}: layer '{}': {} thresholds for {} channels{}", origin, layer.name, layer.threshold.size(),
               layer.k, has_thresholds ? "" : " without a JumpReLU");
  }
}

/// The ReLU behind a convolution, or null.
const ReluNode* relu_behind(const Network& network, ValueId conv) {
  for (ValueId id = conv + 1; id < network.size(); ++id) {
    const auto* relu = network.as<ReluNode>(id);
    if (relu != nullptr && network.node(id).inputs.front() == conv) return relu;
  }
  return nullptr;
}

/// Walks the nodes, of which the convolutions are the model's layers, each fitting what it reads.
void check_layers(const Model& model, const std::string& origin) {
  const Network& network = model.network;
  std::vector<std::int64_t> channels = {3};
  std::size_t count = 0;
  for (ValueId id = 1; id < network.size(); ++id) {
    std::int64_t sum = 0;
    for (const ValueId input : network.node(id).inputs) sum += channels[static_cast<std::size_t>(input)];
    channels.push_back(sum);
    const auto* conv = network.as<ConvNode>(id);
    if (conv == nullptr) continue;
    if (count >= model.layers.size()) fail_input("{}: layer '{}' is missing", origin, conv->layer);
    const ConvLayer& layer = model.layers[count];
    if (layer.name != conv->layer)
      fail_input("{}: layer {} is '{}' where '{}' belongs", origin, count, layer.name, conv->layer);
    check_shapes(layer, *conv, sum, origin);
    check_relu_behind(layer, relu_behind(network, id), origin);
    channels.back() = layer.k;
    ++count;
  }
  if (count < model.layers.size())
    fail_input("{}: layer '{}' is not part of the network", origin, model.layers[count].name);
}

void check_finite(const ConvLayer& layer, const std::string& origin) {
  for (std::size_t i = 0; i < layer.filter.size(); ++i) {
    if (std::isfinite(layer.filter[i])) continue;
    const auto size = static_cast<std::size_t>(layer.size);
    const auto c = static_cast<std::size_t>(layer.c);
    fail_input("{}: layer '{}': filter[{}, {}, {}, {}] is {}", origin, layer.name, i / (size * size * c),
               i / (size * size) % c, i / size % size, i % size, layer.filter[i]);
  }
  for (std::size_t i = 0; i < layer.bias.size(); ++i) {
    if (!std::isfinite(layer.bias[i])) {
      fail_input("{}: layer '{}': bias[{}] is {}", origin, layer.name, i, layer.bias[i]);
    }
  }
  for (std::size_t i = 0; i < layer.threshold.size(); ++i) {
    if (!std::isfinite(layer.threshold[i])) {
      fail_input("{}: layer '{}': threshold[{}] is {}", origin, layer.name, i, layer.threshold[i]);
    }
  }
}

/// What the network is fed, and the classes it tells apart.
void check_ends(const Model& model, const std::string& origin) {
  for (const float mean : model.input.mean) {
    if (!std::isfinite(mean)) fail_input("{}: an input mean is {}", origin, mean);
  }
  if (model.input.size < 1 || model.input.size > 65536) {
    fail_input("{}: an input size of {} is not between 1 and 65536", origin, model.input.size);
  }
  const auto logits = static_cast<std::size_t>(model.network.logits < 0 ? 0 : model.class_count());
  if (!model.classes.empty() && model.classes.size() != logits) {
    fail_input("{}: {} labels for {} classes", origin, model.classes.size(), logits);
  }
  for (std::size_t i = 0; i < model.classes.size(); ++i) {
    if (model.classes[i].size() > kMaxLabelSize) {
      fail_input("{}: the label of class {} is longer than {} bytes", origin, i, kMaxLabelSize);
    }
  }
}

}  // namespace

void check_structure(const Model& model, const std::string& origin) {
  check_network(model.network, origin);
  check_layers(model, origin);
  check_ends(model, origin);
}

void validate(const Model& model, const std::string& origin) {
  check_structure(model, origin);
  for (const ConvLayer& layer : model.layers) check_finite(layer, origin);
}

}  // namespace limpid
