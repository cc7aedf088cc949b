#include "tools/sheet/painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tools/sheet/canvas.h"
#include "tools/sheet/placeholder.h"
#include "tools/sheet/text.h"
#include "tools/sheet/theme.h"

namespace limpid {
namespace {

class Painter {
 public:
  Painter(const TileSet& set, const std::vector<std::size_t>& order, const TileLayout& layout,
          SheetColour background, RowWriter& writer)
      : set_(set), order_(order), layout_(layout), theme_(make_theme(background)), writer_(writer) {
    if (layout.label_height > 0) label_font_.emplace(layout.label_size);
  }

  void paint() {
    send_header();
    for (int row = 0; row < layout_.rows; ++row) {
      if (row > 0) send(blank(layout_.gap));
      send_row(row);
    }
    send(blank(layout_.margin));
    writer_.finish();
  }

 private:
  /// Rows of the sheet, all background.
  Rgb8 blank(int height) const {
    Rgb8 band(height, layout_.size().width);
    fill(band, {0, 0, band.height, band.width}, theme_.background);
    return band;
  }

  void send(const Rgb8& band) {
    for (int y = 0; y < band.height; ++y) writer_.write_row(band.row(y));
  }

  void send_header() {
    Rgb8 band = blank(layout_.margin + layout_.header_height);
    if (layout_.header_height > 0) {
      const Font title(layout_.title_size);
      title.draw(band, layout_.margin, layout_.margin, layout_.title, theme_.text);
      Font(layout_.legend_size)
          .draw(band, layout_.margin + title.line_height(), layout_.margin, layout_.legend, theme_.faint);
    }
    send(band);
  }

  void send_row(int row) {
    Rgb8 band = blank(layout_.row_height());
    const int begin = row * layout_.columns;
    const int end = std::min(begin + layout_.columns, layout_.count);
    const int top = layout_.cell(begin).y - layout_.heading_height;
    draw_heading(band, row);
    for (int position = begin; position < end; ++position) {
      const std::size_t index = order_[static_cast<std::size_t>(position)];
      draw_picture(band, top, position, index);
      if (label_font_) draw_label(band, top, position, set_.tiles[index]);
    }
    send(band);
  }

  void draw_heading(Rgb8& band, int row) const {
    if (static_cast<std::size_t>(row) >= set_.headings.size()) return;
    const Font font(layout_.heading_size);
    const std::string text =
        font.fit(set_.headings[static_cast<std::size_t>(row)], band.width - 2 * layout_.margin);
    font.draw(band, layout_.heading_height - font.line_height(), layout_.margin, text, theme_.text);
  }

  void draw_picture(Rgb8& band, int top, int position, std::size_t index) const {
    const Tile& tile = set_.tiles[index];
    if (tile.status == TileStatus::none) return;
    const PictureSize size = fit_inside(tile.size, layout_.tile);
    Rect place = layout_.picture_in_cell(position, size);
    place.y -= top;
    if (tile.status == TileStatus::finished) {
      paste(band, place.y, place.x, resample(set_.pixels(index), size));
    } else {
      draw_placeholder(band, place, tile, theme_);
    }
  }

  /// The label to the left and, where there is room, the value to the right.
  void draw_label(Rgb8& band, int top, int position, const Tile& tile) const {
    const Rect place = layout_.label(position);
    const int y = place.y - top + 1;
    // Its end, the channel, is what tells a tile from its neighbours.
    const std::string label = label_font_->fit_end(tile.label, place.width);
    label_font_->draw(band, y, place.x, label, theme_.text);
    if (std::isnan(tile.value)) return;
    const std::string value = short_value(tile.value);
    const int width = label_font_->width(value);
    const int space = label_font_->width("  ");
    if (label_font_->width(label) + space + width > place.width) return;
    label_font_->draw(band, y, place.x + place.width - width, value, theme_.faint);
  }

  const TileSet& set_;
  const std::vector<std::size_t>& order_;
  const TileLayout& layout_;
  Theme theme_;
  RowWriter& writer_;
  std::optional<Font> label_font_;
};

}  // namespace

void paint_sheet(const TileSet& set, const std::vector<std::size_t>& order, const TileLayout& layout,
                 SheetColour background, RowWriter& writer) {
  Painter(set, order, layout, background, writer).paint();
}

std::string short_value(double value) {
  return std::abs(value) >= 999.5 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

}  // namespace limpid
