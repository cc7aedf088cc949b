#include "weights/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace limpid {
namespace {

using Names = std::vector<std::string>;

/// "mixed4a" -> "inception_4a".
std::string caffe_module(std::string_view module) {
  return fmt::format("inception_{}", module.substr(std::string_view("mixed").size()));
}

/// Appends the six convolutions of a module that reads `inputs`; returns the layers its output concatenates.
Names append_module(std::vector<LayerSpec>& layers, std::string_view module, const Names& inputs) {
  const std::string caffe = caffe_module(module);
  const auto append = [&](std::string_view name, std::string_view caffe_name, int size, const Names& from) {
    layers.push_back(
        {fmt::format("{}_{}", module, name), fmt::format("{}/{}", caffe, caffe_name), size, 1, from});
    return layers.back().name;
  };
  append("1x1", "1x1", 1, inputs);
  const std::string reduce3 = append("3x3_bottleneck", "3x3_reduce", 1, inputs);
  append("3x3", "3x3", 3, {reduce3});
  const std::string reduce5 = append("5x5_bottleneck", "5x5_reduce", 1, inputs);
  append("5x5", "5x5", 5, {reduce5});
  append("pool_reduce", "pool_proj", 1, inputs);

  Names outputs;
  for (const std::string_view branch : kBranches) outputs.push_back(fmt::format("{}_{}", module, branch));
  return outputs;
}

std::vector<LayerSpec> make_layers() {
  std::vector<LayerSpec> layers = {
      {"conv2d0", "conv1/7x7_s2", 7, 2, {}},
      {"conv2d1", "conv2/3x3_reduce", 1, 1, {"conv2d0"}},
      {"conv2d2", "conv2/3x3", 3, 1, {"conv2d1"}},
  };
  Names inputs = {"conv2d2"};
  for (const std::string_view module : kModules) inputs = append_module(layers, module, inputs);
  layers.push_back({"logits", "loss3/classifier", 1, 1, inputs});
  return layers;
}

/// What has a name besides convolutions and modules: the canonical name, then its aliases.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kOtherAliases = {{
    {"maxpool0", "pool1/3x3_s2"},
    {"localresponsenorm0", "pool1/norm1"},
    {"localresponsenorm1", "conv2/norm2"},
    {"maxpool1", "pool2/3x3_s2"},
    {"maxpool4", "pool3/3x3_s2"},
    {"maxpool10", "pool4/3x3_s2"},
    {"avgpool0", "pool5/7x7_s1"},
    {"logits", "softmax2_pre_activation"},
    {"softmax", "prob"},
    {"softmax", "softmax2"},
}};

}  // namespace

const std::vector<LayerSpec>& inception_layers() {
  static const std::vector<LayerSpec> layers = make_layers();
  return layers;
}

std::string canonical_layer_name(std::string_view name) {
  for (const LayerSpec& layer : inception_layers()) {
    if (name == layer.name || name == layer.caffe) return layer.name;
  }
  for (const std::string_view module : kModules) {
    if (name == module || name == caffe_module(module) + "/output") return std::string(module);
    if (name == fmt::format("{}_pool", module) || name == caffe_module(module) + "/pool") {
      return fmt::format("{}_pool", module);
    }
  }
  for (const auto& [canonical, alias] : kOtherAliases) {
    if (name == canonical || name == alias) return std::string(canonical);
  }
  return {};
}

}  // namespace limpid
