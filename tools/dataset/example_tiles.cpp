#include "tools/dataset/example_tiles.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/image/fit_image.h"
#include "tools/attribute/position_overlay.h"
#include "tools/dataset/find_pictures.h"
#include "tools/dataset/sheet_rows.h"
#include "tools/dataset/unit_concepts.h"
#include "tools/dataset/unit_histogram.h"
#include "tools/sheet/painter.h"

namespace limpid {
namespace {

/// Side, in pixels, of the largest picture that a field is cut out of.
constexpr int kLargestFitted = 1024;

/// [begin, end) along one dimension of what position `p` sees, inside the input; of one that sees padding alone, the
/// pixel at the edge.
std::pair<int, int> seen(const ReceptiveField& field, int p, int input) {
  const int begin = std::clamp(field.start + p * field.step, 0, input - 1);
  return {begin, std::clamp(field.start + p * field.step + field.size, begin + 1, input)};
}

Image cut_out(const Image& image, std::pair<int, int> rows, std::pair<int, int> columns) {
  Image part{rows.second - rows.first, columns.second - columns.first, {}};
  for (int y = rows.first; y < rows.second; ++y) {
    const auto at = [&](int x) { return image.rgb.begin() + 3 * (std::ptrdiff_t{y} * image.width + x); };
    part.rgb.insert(part.rgb.end(), at(columns.first), at(columns.second));
  }
  return part;
}

/// Taken from the photo's own pixels, and enlarged where they are too few.
Image field_of(Image photo, const Example& example, const ExampleLayer& layer, const IndexManifest& manifest,
               int side) {
  const auto [top, bottom] = seen(layer.field, example.place / layer.width, manifest.size);
  const auto [left, right] = seen(layer.field, example.place % layer.width, manifest.size);
  const int longest = std::max(bottom - top, right - left);
  const int factor =
      std::clamp((side + longest - 1) / longest, 1, std::max(1, kLargestFitted / manifest.size));
  const Image fitted =
      fit_image(std::move(photo), manifest.size * factor, manifest.size * factor, manifest.fit);
  Image part = cut_out(fitted, {top * factor, bottom * factor}, {left * factor, right * factor});
  if (longest * factor >= side) return part;
  const int height = std::max(1, part.height * side / (longest * factor));
  const int width = std::max(1, part.width * side / (longest * factor));
  return fit_image(std::move(part), height, width, Fit::stretch);
}

/// With its map, where there is one, over it.
Image whole(Image photo, const ExampleLayer& layer, const IndexManifest& manifest, const ExampleView& view) {
  if (!view.map) return fit_image(std::move(photo), view.side, view.side, manifest.fit);
  const std::vector<double> map =
      view.map(fit_image(Image(photo), manifest.size, manifest.size, manifest.fit));
  return position_overlay(fit_image(std::move(photo), view.side, view.side, manifest.fit), map, layer.height,
                          layer.width);
}

/// With one tile, which is finished. The heading is the key to the strokes, the label the axis.
void add_histogram_row(ExampleSheet& sheet, std::span<const float> values, const std::vector<Band>& bands) {
  std::string key;
  for (std::size_t band = 0; band < bands.size(); ++band)
    key += fmt::format(", {} {}", colour_of_band(band), words_of(bands[band]));
  sheet.set.headings.push_back(fmt::format("all {} values{}", values.size(), key));
  for (int i = 0; i < sheet.columns; ++i) {
    Tile& tile = sheet.set.tiles.emplace_back();
    tile.job = static_cast<std::int64_t>(sheet.set.tiles.size()) - 1;
    tile.size = {1, 1};
    tile.status = i == 0 ? TileStatus::finished : TileStatus::none;
    if (i > 0 || values.empty()) continue;
    const auto [low, high] = std::ranges::minmax(values);
    tile.label = fmt::format("{} to {}", short_value(double{low}), short_value(double{high}));
  }
}

}  // namespace

ExampleSheet example_tiles(const IndexReader& index, const IndexUnit& unit, const ExampleRequest& request,
                           const ExampleView& view) {
  const int side = view.side;
  const IndexManifest& manifest = index.manifest();
  const ExampleLayer& layer = manifest.layers[unit.layer];
  const auto bands = unit_examples(index, unit, request);
  std::size_t columns = 1;
  for (const std::vector<Example>& band : bands) columns = std::max(columns, band.size());

  ExampleSheet sheet;
  sheet.columns = static_cast<int>(columns);
  std::vector<Example> examples;
  std::vector<std::size_t> rows, tile_of;
  for (std::size_t band = 0; band < bands.size(); ++band) {
    std::string heading = words_of(request.bands[band]);
    if (const std::string words = words_of_concepts(index, unit, bands[band]); !words.empty())
      heading += ": " + words;
    (bands[band].empty() ? sheet.empty : sheet.set.headings).push_back(std::move(heading));
    if (bands[band].empty()) continue;
    for (std::size_t i = 0; i < columns; ++i) {
      Tile& tile = sheet.set.tiles.emplace_back();
      tile.job = static_cast<std::int64_t>(sheet.set.tiles.size()) - 1;
      tile.size = {1, 1};
      tile.status = TileStatus::none;
      if (i >= bands[band].size()) continue;
      const Example& example = bands[band][i];
      tile.label = short_value(static_cast<double>(example.value));
      tile_of.push_back(sheet.set.tiles.size() - 1);
      rows.push_back(example.picture);
      examples.push_back(example);
    }
  }

  const std::size_t shown_tiles = sheet.set.tiles.size();
  const UnitColumn column = index.units().column(unit.layer, unit.channel);
  const std::vector<float>& values = request.by == ExampleValue::mean ? column.mean : column.max;
  if (view.histogram && shown_tiles > 0) add_histogram_row(sheet, values, request.bands);
  const auto pixels = std::make_shared<std::vector<Rgb8>>(sheet.set.tiles.size());
  find_pictures(index, rows, [&](std::size_t number, Image image, const std::string& failure) {
    Tile& tile = sheet.set.tiles[tile_of[number]];
    if (!failure.empty()) {
      tile.status = TileStatus::failed;
      tile.failure = "the picture cannot be read";
      tile.size = {side, side};
      if (std::find(sheet.failures.begin(), sheet.failures.end(), failure) == sheet.failures.end())
        sheet.failures.push_back(failure);
      return;
    }
    tile.status = TileStatus::finished;
    Rgb8& shown = (*pixels)[tile_of[number]];
    shown = as_rgb8(view.crop == ExampleCrop::field
                        ? field_of(std::move(image), examples[number], layer, manifest, side)
                        : whole(std::move(image), layer, manifest, view));
    tile.size = {shown.height, shown.width};
  });
  if (sheet.set.tiles.size() > shown_tiles) {
    (*pixels)[shown_tiles] = histogram_picture(values, bands, side);
    sheet.set.tiles[shown_tiles].size = {side, side};
  }
  sheet.set.pixels = [pixels](std::size_t tile) { return (*pixels)[tile]; };
  sheet.set.title = fmt::format("{}:{}", layer.name, unit.channel);
  sheet.set.legend =
      fmt::format("{} pictures, by their {}; {} weights, {} px{}", index.units().pictures().size(),
                  words_of(request.by), manifest.weights.family, manifest.size,
                  view.crop == ExampleCrop::field ? "; what the position of the maximum sees" : "");
  return sheet;
}

}  // namespace limpid
