#include "tools/sheet/layout.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/core/error.h"
#include "tools/sheet/text.h"

namespace limpid {
namespace {

float font_size(double wanted, double least, double most) {
  return static_cast<float>(std::lround(std::clamp(wanted, least, most)));
}

int line_height(float size) {
  return Font(size).line_height();
}

std::int64_t span(int count, int length, int gap) {
  return std::int64_t{count} * length + std::int64_t{count - 1} * gap;
}

void add_header(TileLayout& layout, const std::string& title, const std::string& legend) {
  const int width = layout.size().width - 2 * layout.margin;
  layout.title_size = font_size(width / 45.0, 16, 48);
  layout.legend_size = font_size(layout.title_size * 0.62, 12, 30);
  layout.title = Font(layout.title_size).fit(title, width);
  layout.legend = Font(layout.legend_size).fit(legend, width);
  layout.header_height = line_height(layout.title_size);
  if (!layout.legend.empty()) layout.header_height += line_height(layout.legend_size);
  // Air below, as much as half a line.
  layout.header_height += static_cast<int>(layout.title_size / 2);
}

void check_side(std::int64_t height, std::int64_t width) {
  if (std::max(height, width) > kMaxLayoutSide) {
    fail_usage(
        "the sheet would be {} x {} pixels; at most {} on a side can be made: take smaller tiles (--tile)",
        height, width, kMaxLayoutSide);
  }
}

}  // namespace

PictureSize TileLayout::size() const {
  return {static_cast<int>(2 * margin + header_height + span(rows, row_height(), gap)),
          static_cast<int>(2 * margin + span(columns, picture.width, gap))};
}

Rect TileLayout::cell(int position) const {
  const int row = position / columns;
  const int column = position % columns;
  return {margin + header_height + row * (row_height() + gap) + heading_height,
          margin + column * (picture.width + gap), picture.height, picture.width};
}

Rect TileLayout::picture_in_cell(int position, PictureSize size) const {
  const Rect place = cell(position);
  return {place.y + (place.height - size.height) / 2, place.x + (place.width - size.width) / 2, size.height,
          size.width};
}

Rect TileLayout::label(int position) const {
  const Rect place = cell(position);
  return {place.y + place.height, place.x, label_height, place.width};
}

int choose_columns(int count, PictureSize cell) {
  // With c columns the sheet is c w wide and (n / c) h high.
  const double ideal = std::sqrt(1.5 * count * cell.height / cell.width);
  const int least = std::max(1, static_cast<int>(std::ceil(ideal * 0.8)));
  const int most = std::max(least, static_cast<int>(std::floor(ideal * 1.25)));
  int best = least;
  double best_cost = std::numeric_limits<double>::infinity();
  for (int columns = least; columns <= most; ++columns) {
    const int rows = (count + columns - 1) / columns;
    const double empty = static_cast<double>(rows) * columns / count - 1;
    const double cost = empty + 0.2 * std::abs(std::log(columns / ideal));
    if (cost < best_cost) {
      best = columns;
      best_cost = cost;
    }
  }
  return std::min(best, count);
}

TileLayout lay_out(const TileSet& set, const std::vector<std::size_t>& order, const SheetOptions& options) {
  check_sheet_options(options);
  if (order.empty()) fail_usage("there is no tile to show");
  TileLayout layout;
  layout.tile = options.tile;
  for (const std::size_t index : order) {
    const PictureSize shown = fit_inside(set.tiles[index].size, options.tile);
    layout.picture.height = std::max(layout.picture.height, shown.height);
    layout.picture.width = std::max(layout.picture.width, shown.width);
  }
  if (options.labels) {
    layout.label_size = font_size(layout.picture.width * 0.115, 11, 22);
    // With air below, so that a label is nearer to its own picture than to the next.
    layout.label_height = line_height(layout.label_size) + 2 + static_cast<int>(layout.label_size / 3);
  }
  if (!set.headings.empty()) {
    layout.heading_size = font_size(layout.picture.width * 0.13, 12, 26);
    layout.heading_height = line_height(layout.heading_size) + static_cast<int>(layout.heading_size / 2);
  }
  layout.count = static_cast<int>(order.size());
  layout.gap = options.gap;
  layout.margin = 2 * options.gap;
  const PictureSize cell{layout.row_height() + layout.gap, layout.picture.width + layout.gap};
  layout.columns =
      options.columns > 0 ? std::min(options.columns, layout.count) : choose_columns(layout.count, cell);
  layout.rows = (layout.count + layout.columns - 1) / layout.columns;
  // Before anything is computed in 32 bits.
  check_side(std::int64_t{layout.rows} * cell.height, std::int64_t{layout.columns} * cell.width);
  const std::string& title = options.title ? *options.title : set.title;
  if (!title.empty()) add_header(layout, title, set.legend);
  return layout;
}

}  // namespace limpid
