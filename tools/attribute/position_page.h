// A page that tells of each position of a photo what a layer has there.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/image.h"
#include "tools/gallery/picture_source.h"

namespace limpid {

/// Channels or classes by their index, with a number each.
using Numbered = std::vector<std::pair<int, double>>;

/// Of a map whose positions are pointed at. Every list has an entry for each position, row by row, or is empty for what
/// the page does not show.
struct PositionPage {
  std::string title;
  std::string layer;
  int height = 0, width = 0;
  std::string of;  ///< What totals and units are: "attribution", "activation".
  std::vector<double> totals;
  std::vector<Numbered> units;      ///< Channels, as they are to be listed.
  std::vector<Numbered> classes;    ///< Likewise.
  std::vector<std::string> labels;  ///< Of the classes that are listed, by index.
  std::map<int, Pixels> tiles;      ///< Pictures of channels.
  /// Pictures of a data set that channels respond to.
  std::map<int, std::vector<Pixels>> examples;
  /// Another layer's map for each position: map_height x map_width numbers.
  std::vector<std::vector<float>> maps;
  int map_height = 0, map_width = 0;
  std::vector<std::pair<std::string, std::string>> facts;  ///< Names and values, below the photo.
};

/// The entries that are largest, or with `absolute` farthest from zero; those of equal size by index. `count` at most, no zeros.
Numbered largest_numbers(const std::vector<double>& values, std::size_t count, bool absolute);

/// Writes index.html, photo.jpg and, where there are any, tiles.jpg and examples.jpg: a page that fetches nothing else. The folder appears whole
/// or not at all; one that holds such a page is replaced. Throws Error{usage} where it holds anything else or cannot be
/// written.
void write_position_page(const PositionPage& page, const Image& photo, const std::filesystem::path& folder);

/// Throws Error{usage} unless such a page could be written there: asked before long work. Creates nothing.
void check_page_output(const std::filesystem::path& folder);

}  // namespace limpid
