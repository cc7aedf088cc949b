// Where everything of a sheet lies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/sheet/sheet_options.h"

namespace limpid {

/// From top to bottom: margin, header (title and legend), rows of cells with gaps between them, each below its heading if
/// the set has headings, margin. A cell holds a picture and below it a label.
struct TileLayout {
  int count = 0;
  int rows = 0;
  int columns = 0;
  int tile = 0;         ///< Longest side of a picture.
  PictureSize picture;  ///< Of the largest picture; others are centred in its place.
  int label_height = 0;
  int heading_height = 0;  ///< Above each row; 0 without headings.
  int gap = 0;
  int margin = 0;
  std::string title;                                                        ///< Cut to the width.
  std::string legend;                                                       ///< Cut to the width.
  float label_size = 0, heading_size = 0, title_size = 0, legend_size = 0;  ///< Of fonts, in pixels.
  int header_height = 0;                                                    ///< 0 without a title.

  /// Height and width of the sheet.
  PictureSize size() const;

  /// Of a row: heading, picture and label.
  int row_height() const { return heading_height + picture.height + label_height; }

  /// The place of the `position`-th tile's picture, 0..count - 1, row by row.
  Rect cell(int position) const;

  /// Where in that place a picture of this size lies: in its centre.
  Rect picture_in_cell(int position, PictureSize size) const;

  /// Below the picture.
  Rect label(int position) const;
};

/// A number of columns that makes `count` cells of this size a sheet about one and a half times as wide as
/// high, with as few empty places as can be.
int choose_columns(int count, PictureSize cell);

/// Lays out the set's tiles in this order, which are indices into them. Throws Error{usage} for options out
/// of range, where there is no tile, and for a sheet of more than kMaxLayoutSide pixels on a side.
TileLayout lay_out(const TileSet& set, const std::vector<std::size_t>& order, const SheetOptions& options);

/// Bounds the memory for rows of the widest sheet.
inline constexpr int kMaxLayoutSide = 1 << 17;

}  // namespace limpid
