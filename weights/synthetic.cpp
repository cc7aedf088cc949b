#include "weights/synthetic.h"

#include <fmt/format.h>

#include <cmath>
#include <random>

#include "weights/families.h"
#include "weights/layer_shapes.h"
#include "weights/topology.h"

namespace limpid {
namespace {

/// Uniform in [-limit, limit). The standard fixes the engine's output but not that of its distributions.
float uniform(std::mt19937_64& random, double limit) {
  const double unit = static_cast<double>(random() >> 11U) * 0x1p-53;
  return static_cast<float>((2 * unit - 1) * limit);
}

}  // namespace

Model synthetic_model(std::string_view family_name, std::uint64_t seed) {
  const Family& rules = family(family_name);
  Model model = empty_model(rules);
  model.provenance.source = fmt::format("synthetic, seed {}", seed);
  // The family's licence is of its authors' weights.
  model.provenance.licence = "none needed: random numbers";

  std::mt19937_64 random(seed);
  LayerShapes shapes(model.provenance.source);
  for (std::size_t i = 0; i < inception_layers().size(); ++i) {
    const LayerSpec& spec = inception_layers()[i];
    const auto k = static_cast<std::uint64_t>(rules.widths[i]);
    const std::uint64_t c = shapes.input_channels(spec);
    const auto size = static_cast<std::uint64_t>(spec.size);
    shapes.check(spec, spec.name, std::array{k, c, size, size}, std::array{k});

    const double gain = spec.is_classifier ? 1.0 / 64 : 1.0;
    const double filter_limit = gain * std::sqrt(6.0 / static_cast<double>(c * size * size));
    ConvLayer layer{spec.name, rules.widths[i], static_cast<int>(c), spec.size, {}, {}};
    layer.filter.resize(k * c * size * size);
    layer.bias.resize(k);
    for (float& value : layer.filter) value = uniform(random, filter_limit);
    for (float& value : layer.bias) value = uniform(random, gain * 8);
    model.layers.push_back(std::move(layer));
  }
  for (int i = 0; i < model.class_count(); ++i) model.classes.push_back(fmt::format("class {}", i));
  return model;
}

}  // namespace limpid
