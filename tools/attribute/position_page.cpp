#include "tools/attribute/position_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

#include "engine/pictures/jpeg.h"
#include "engine/pictures/markup.h"
#include "engine/pictures/svg_drawing.h"
#include "tools/attribute/position_overlay.h"
#include "tools/attribute/position_page_template.h"
#include "tools/gallery/staged_folder.h"
#include "tools/gallery/thumbnail.h"
#include "tools/html_text.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPositionsMarker = ".limpid-positions";
/// As in position_page.html.
constexpr int kTile = 64;
constexpr int kTileColumns = 16;

Json lists(const std::vector<Numbered>& all) {
  Json json = Json::array();
  for (const Numbered& numbered : all) {
    Json list = Json::array();
    for (const auto& [index, value] : numbered) list.push_back({index, value});
    json.push_back(std::move(list));
  }
  return json;
}

/// Two hexadecimal digits a number: 128 for zero, 127 from there for the largest of either sign.
std::string quantised(const std::vector<float>& map) {
  float most = 0;
  for (const float value : map) most = std::max(most, std::abs(value));
  std::string text;
  for (const float value : map)
    text += fmt::format("{:02x}", 128 + std::lround(127 * value / (most > 0 ? most : 1)));
  return text;
}

Json page_json(const PositionPage& page) {
  Json json = {{"layer", page.layer}, {"height", page.height}, {"width", page.width}, {"of", page.of}};
  if (!page.totals.empty()) json["totals"] = page.totals;
  if (!page.units.empty()) json["units"] = lists(page.units);
  if (!page.classes.empty()) {
    json["classes"] = lists(page.classes);
    json["labels"] = page.labels;
  }
  if (!page.maps.empty()) {
    json["mapHeight"] = page.map_height;
    json["mapWidth"] = page.map_width;
    json["maps"] = Json::array();
    for (const std::vector<float>& map : page.maps) json["maps"].push_back(quantised(map));
  }
  if (!page.tiles.empty()) {
    Json places = Json::object();
    int place = 0;
    for (const auto& tile : page.tiles) places[std::to_string(tile.first)] = place++;
    json["tiles"] = {{"columns", kTileColumns}, {"places", std::move(places)}};
  }
  if (!page.examples.empty()) {
    Json places = Json::object();
    int place = 0;
    for (const auto& [channel, pictures] : page.examples) {
      Json own = Json::array();
      for (std::size_t i = 0; i < pictures.size(); ++i) own.push_back(place++);
      places[std::to_string(channel)] = std::move(own);
    }
    json["examples"] = {{"columns", kTileColumns}, {"places", std::move(places)}};
  }
  json["facts"] = Json::array();
  for (const auto& [name, value] : page.facts) json["facts"].push_back({name, value});
  return json;
}

/// All tiles in rows.
std::string tile_sheet(const std::vector<const Pixels*>& tiles) {
  const int rows = (static_cast<int>(tiles.size()) + kTileColumns - 1) / kTileColumns;
  Image sheet{rows * kTile, kTileColumns * kTile, {}};
  sheet.rgb.resize(3 * static_cast<std::size_t>(sheet.height) * static_cast<std::size_t>(sheet.width));
  int place = 0;
  for (const Pixels* pixels : tiles) {
    const Image tile = to_image(square_thumbnail(*pixels, kTile));
    for (int y = 0; y < kTile; ++y) {
      const std::ptrdiff_t row = place / kTileColumns * kTile + y;
      const std::ptrdiff_t first = 3 * (row * sheet.width + place % kTileColumns * kTile);
      std::copy_n(tile.rgb.begin() + std::ptrdiff_t{3} * y * kTile, 3 * kTile, sheet.rgb.begin() + first);
    }
    ++place;
  }
  return encode_jpeg(sheet);
}

}  // namespace

Numbered largest_numbers(const std::vector<double>& values, std::size_t count, bool absolute) {
  const auto size = [&](std::size_t i) { return absolute ? std::abs(values[i]) : values[i]; };
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return size(a) > size(b); });
  Numbered result;
  for (std::size_t i = 0; i < std::min(count, order.size()); ++i) {
    if (values[order[i]] != 0) result.emplace_back(static_cast<int>(order[i]), values[order[i]]);
  }
  return result;
}

void check_page_output(const std::filesystem::path& folder) {
  const StagedFolder probe(folder, kPositionsMarker);
}

void write_position_page(const PositionPage& page, const Image& photo, const std::filesystem::path& folder) {
  StagedFolder staged(folder, kPositionsMarker);
  std::string html(kPositionPageTemplate);
  fill_placeholder(html, "@FOR@", css_colour(kFor));
  fill_placeholder(html, "@AGAINST@", css_colour(kAgainst));
  fill_placeholder(html, "@TITLE@", escaped_markup(page.title));
  fill_placeholder(html, "@PAGE@", script_text(page_json(page)));
  write_file(staged.path() / "index.html", html);
  write_file(staged.path() / "photo.jpg", encode_jpeg(photo));
  std::vector<const Pixels*> tiles, examples;
  for (const auto& tile : page.tiles) tiles.push_back(&tile.second);
  for (const auto& [channel, pictures] : page.examples) {
    for (const Pixels& picture : pictures) examples.push_back(&picture);
  }
  if (!tiles.empty()) write_file(staged.path() / "tiles.jpg", tile_sheet(tiles));
  if (!examples.empty()) write_file(staged.path() / "examples.jpg", tile_sheet(examples));
  staged.commit();
}

}  // namespace limpid
