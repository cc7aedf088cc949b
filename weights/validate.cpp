#include "weights/validate.h"

#include <array>
#include <cmath>
#include <cstdint>

#include "kernels/core/error.h"
#include "kernels/ops/lrn.h"
#include "weights/append_layer.h"
#include "weights/inception_v1.h"
#include "weights/layer_shapes.h"
#include "weights/topology.h"

namespace limpid {
namespace {

void check_layer_list(const Model& model, const std::string& origin) {
  const std::vector<LayerSpec>& specs = inception_layers();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (i >= model.layers.size()) fail_input("{}: layer '{}' is missing", origin, specs[i].name);
    if (model.layers[i].name != specs[i].name) {
      fail_input("{}: layer {} is '{}' where '{}' belongs", origin, i, model.layers[i].name, specs[i].name);
    }
  }
}

void check_shapes(const Model& model, const std::string& origin) {
  LayerShapes shapes(origin);
  for (std::size_t i = 0; i < inception_layers().size(); ++i) {
    const ConvLayer& layer = model.layers[i];
    const auto dim = [](int n) { return n < 0 ? 0 : static_cast<std::uint64_t>(n); };
    const std::array filter = {dim(layer.k), dim(layer.c), dim(layer.size), dim(layer.size)};
    const std::array bias = {static_cast<std::uint64_t>(layer.bias.size())};
    shapes.check(inception_layers()[i], layer.name, filter, bias);
    if (layer.filter.size() != filter[0] * filter[1] * filter[2] * filter[3]) {
      fail_input("{}: layer '{}': its filter holds {} values, but its shape is {}", origin, layer.name,
                 layer.filter.size(), format_shape(filter));
    }
  }
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

void check_rules(const Model& model, const std::string& origin) {
  const InceptionRules rules = rules_of(model.network);
  const Lrn& lrn = rules.lrn;
  if (lrn.present) {
    if (!(lrn.alpha >= 0) || !std::isfinite(lrn.alpha) || !(lrn.bias > 0) || !std::isfinite(lrn.bias)) {
      fail_input("{}: LRN needs a finite alpha >= 0 and a finite bias > 0, not {} and {}", origin, lrn.alpha,
                 lrn.bias);
    }
    if (!lrn_supports({lrn.radius, lrn.alpha, lrn.beta, lrn.bias})) {
      fail_input(
          "{}: an LRN of radius {} and beta {} is not supported; a radius of 1 to 5 and a beta of 0.5 or "
          "0.75 are",
          origin, lrn.radius, lrn.beta);
    }
  }
  for (const int size : rules.pool_sizes) {
    if (size != 2 && size != 3)
      fail_input("{}: a pool of {} x {} is not supported; 2 and 3 are", origin, size, size);
  }
  for (const float mean : model.input.mean) {
    if (!std::isfinite(mean)) fail_input("{}: an input mean is {}", origin, mean);
  }
  if (model.input.size < 1 || model.input.size > 65536) {
    fail_input("{}: an input size of {} is not between 1 and 65536", origin, model.input.size);
  }
  const auto logits = static_cast<std::size_t>(model.class_count());
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
  check_layer_list(model, origin);
  check_shapes(model, origin);
  check_rules(model, origin);
  check_appended(model, origin);
}

void validate(const Model& model, const std::string& origin) {
  check_structure(model, origin);
  for (const ConvLayer& layer : model.layers) check_finite(layer, origin);
}

}  // namespace limpid
