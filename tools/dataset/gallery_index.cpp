#include "tools/dataset/gallery_index.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/grid/json_field.h"
#include "engine/image/fit_image.h"
#include "engine/image/quantise.h"
#include "engine/objective/term_table.h"
#include "tools/dataset/find_pictures.h"
#include "tools/dataset/unit_concepts.h"
#include "tools/dataset/unit_histogram.h"

namespace limpid {

std::string layer_of_channel(const RenderOptions& job) {
  const ObjectiveTerm& term = job.objective.leading();
  return row_of(term).one_channel ? term.layer : std::string();
}

GalleryCells cells_of_map(int height, int width) {
  constexpr int most = 16;
  return {std::min(height, most), std::min(width, most)};
}

std::string map_cells(std::span<const float> map, int height, int width) {
  const GalleryCells cells = cells_of_map(height, width);
  const float most = std::max(0.0F, *std::max_element(map.begin(), map.end()));
  std::string text;
  for (int row = 0; row < cells.height; ++row) {
    for (int column = 0; column < cells.width; ++column) {
      float largest = 0;
      for (int y = row * height / cells.height; y < (row + 1) * height / cells.height; ++y) {
        for (int x = column * width / cells.width; x < (column + 1) * width / cells.width; ++x)
          largest = std::max(largest, map[static_cast<std::size_t>(y * width + x)]);
      }
      text += fmt::format("{:x}", most > 0 ? std::lround(15 * largest / most) : 0);
    }
  }
  return text;
}

void GalleryIndex::look_again(std::shared_ptr<const Model> model, const ComputeOptions& compute) {
  model_ = std::move(model);
  compute_ = compute;
}

std::optional<IndexUnit> GalleryIndex::unit_of(const RenderOptions& job) const {
  const ObjectiveTerm& term = job.objective.leading();
  const std::vector<ExampleLayer>& layers = index_.manifest().layers;
  const std::string name = layer_of_channel(job);
  const auto layer =
      std::find_if(layers.begin(), layers.end(), [&](const ExampleLayer& one) { return one.name == name; });
  if (layer == layers.end() || term.channel >= layer->channels) return std::nullopt;
  return IndexUnit{static_cast<std::size_t>(layer - layers.begin()), term.channel};
}

std::vector<GalleryBand> GalleryIndex::bands(const RenderOptions& job) {
  const std::optional<IndexUnit> shown = unit_of(job);
  if (!shown) return {};
  const IndexUnit unit = *shown;
  const auto examples = unit_examples(index_, unit, request_);
  std::vector<GalleryBand> bands;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (examples[i].empty()) continue;
    GalleryBand& band = bands.emplace_back();
    band.name = words_of(request_.bands[i]);
    if (const std::string words = words_of_concepts(index_, unit, examples[i]); !words.empty())
      band.name += ": " + words;
    for (const Example& example : examples[i]) {
      band.examples.push_back(example.picture);
      band.values.push_back(shortest(example.value));
      if (model_ != nullptr) wanted_[example.picture][unit.layer].insert(unit.channel);
    }
  }
  return bands;
}

void GalleryIndex::read(std::span<const std::size_t> examples,
                        const std::function<void(std::size_t place, const Pixels&)>& visit) {
  // Larger than a thumbnail, which is made of it by a box filter.
  constexpr int side = 192;
  find_pictures(index_, examples, [&](std::size_t place, Image image, const std::string& failure) {
    if (!failure.empty()) {
      failures_.push_back(failure);
      return visit(place, {});
    }
    draw_maps(examples[place], image);
    const Image shown = fit_image(std::move(image), side, side, index_.manifest().fit);
    visit(place, {shown.height, shown.width, quantise(shown)});
  });
}

std::string GalleryIndex::about() const {
  return fmt::format("{} pictures, by their {}", index_.units().pictures().size(), words_of(request_.by));
}

void GalleryIndex::draw_maps(std::size_t row, const Image& picture) {
  const auto wanted = wanted_.find(row);
  if (wanted == wanted_.end()) return;
  const IndexManifest& manifest = index_.manifest();
  const Image shown = fit_image(Image(picture), manifest.size, manifest.size, manifest.fit);
  for (const auto& [number, channels] : wanted->second) {
    std::unique_ptr<LayerMaps>& network = networks_[number];
    if (network == nullptr) network = std::make_unique<LayerMaps>(manifest, number, model_, compute_);
    const ExampleLayer& layer = manifest.layers[number];
    const auto positions = static_cast<std::size_t>(layer.height) * static_cast<std::size_t>(layer.width);
    const std::span<const float> maps = network->of(shown);
    for (const int channel : channels) {
      const auto map = maps.subspan(static_cast<std::size_t>(channel) * positions, positions);
      maps_[{number, channel, row}] = map_cells(map, layer.height, layer.width);
    }
  }
}

QuantisedCurve GalleryIndex::histogram(const RenderOptions& job) {
  const std::optional<IndexUnit> unit = unit_of(job);
  if (!unit) return {};
  const UnitColumn column = index_.units().column(unit->layer, unit->channel);
  const std::vector<float>& values = request_.by == ExampleValue::mean ? column.mean : column.max;
  constexpr std::size_t bins = 64;
  const std::vector<std::size_t> counts = limpid::histogram(values, bins);
  const double most = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  const auto [low, high] = std::ranges::minmax(values);
  QuantisedCurve curve{shortest(low), shortest(high), {}};
  for (const std::size_t count : counts) {
    const double level = std::ceil(255 * std::sqrt(static_cast<double>(count) / most));
    curve.levels.push_back(static_cast<std::uint8_t>(level));
  }
  return curve;
}

GalleryCells GalleryIndex::cells(const RenderOptions& job) {
  const std::optional<IndexUnit> unit = unit_of(job);
  if (!unit || model_ == nullptr) return {};
  const ExampleLayer& layer = index_.manifest().layers[unit->layer];
  return cells_of_map(layer.height, layer.width);
}

std::string GalleryIndex::map(const RenderOptions& job, std::size_t example) {
  const std::optional<IndexUnit> unit = unit_of(job);
  const auto map = unit ? maps_.find({unit->layer, unit->channel, example}) : maps_.end();
  return map == maps_.end() ? std::string() : map->second;
}

}  // namespace limpid
