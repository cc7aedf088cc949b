#include "tools/dataset/unit_examples.h"

#include <charconv>

#include "kernels/core/error.h"
#include "weights/layer_names.h"

namespace limpid {

std::string names_of_layers(const IndexManifest& manifest) {
  std::string names;
  for (const ExampleLayer& layer : manifest.layers)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", layer.name);
  return names;
}

std::string words_of(const Band& band) {
  switch (band.kind) {
    case BandKind::max:
      return "maximum";
    case BandKind::min:
      return "minimum";
    case BandKind::high:
      return "slightly positive";
    case BandKind::low:
      return "slightly negative";
    case BandKind::quantiles:
      return fmt::format("quantiles {:g} to {:g}", band.from, band.to);
  }
  return band.name;
}

std::string_view words_of(ExampleValue value) {
  return value == ExampleValue::mean ? "mean before the ReLU" : "maximum after the ReLU";
}

IndexUnit parse_unit(std::string_view text, const IndexManifest& manifest) {
  const std::size_t colon = text.find(':');
  int channel = -1;
  if (colon != text.npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), channel);
    if (error != std::errc() || end != digits.data() + digits.size()) channel = -1;
  }
  if (channel < 0) fail_usage("'{}' is no unit; write a layer and a channel, as mixed4d:525", text);
  std::string name(text.substr(0, colon));
  if (const auto named = find_layer(name)) name = named->layer;
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const ExampleLayer& layer = manifest.layers[i];
    if (layer.name != name) continue;
    if (channel >= layer.channels)
      fail_usage("{} has no channel {}: channels are 0 to {}", name, channel, layer.channels - 1);
    return {i, channel};
  }
  fail_usage("the index has no layer '{}'; it has {}", name, names_of_layers(manifest));
}

std::vector<std::vector<Example>> unit_examples(const IndexReader& index, const IndexUnit& unit,
                                                const ExampleRequest& request) {
  const UnitColumn column = index.units().column(unit.layer, unit.channel);
  const std::vector<float>& values = request.by == ExampleValue::mean ? column.mean : column.max;
  const UnitHash of_unit(request.seed, index.manifest().layers[unit.layer].name, unit.channel);
  const std::vector<PictureRecord>& pictures = index.units().pictures();
  std::vector<std::vector<Example>> examples;
  for (const Band& band : request.bands) {
    std::vector<Example>& of_band = examples.emplace_back();
    const auto hash = [&](std::size_t row) { return of_unit(pictures[row].digest); };
    for (const std::size_t row : pictures_of_band(band, values, hash, request.most))
      of_band.push_back({row, values[row], column.place[row]});
  }
  return examples;
}

std::vector<Example> most_active(const IndexReader& index, const IndexUnit& unit, std::size_t most) {
  const ExampleRequest request{parse_bands("max"), most, ExampleValue::max, 0};
  std::vector<Example> examples = unit_examples(index, unit, request).front();
  std::erase_if(examples, [](const Example& example) { return !(example.value > 0); });
  return examples;
}

}  // namespace limpid
