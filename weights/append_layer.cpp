#include "weights/append_layer.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"
#include "weights/inception_v1.h"
#include "weights/layer_names.h"

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

void check_appended(const Model& model, const std::string& origin) {
  if (model.appended.empty()) return;
  Network network = inception_v1({model.padding, model.pool_sizes, model.lrn});
  for (const AppendedLayer& layer : model.appended) {
    check(model, network, layer, origin);
    append_nodes(network, layer, model.padding);
  }
}

void append_layer(Model& model, AppendedLayer layer, const std::string& origin) {
  const Network network = network_of(model);
  const ValueId input = network.find(layer.reads);
  if (input > 0) layer.conv.c = channels_of(network, model, input);
  layer.conv.size = 1;
  check(model, network, layer, origin);
  const auto is_finite = [](float x) { return std::isfinite(x); };
  if (!std::all_of(layer.conv.filter.begin(), layer.conv.filter.end(), is_finite) ||
      !std::all_of(layer.conv.bias.begin(), layer.conv.bias.end(), is_finite)) {
    fail_input("{}: layer '{}': a value is not finite", origin, layer.conv.name);
  }
  model.appended.push_back(std::move(layer));
}

}  // namespace limpid
