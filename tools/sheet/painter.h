// Sheets, painted a row of tiles at a time.
#pragma once

#include "tools/sheet/layout.h"
#include "tools/sheet/row_writer.h"

namespace limpid {

/// Sends every row of the sheet to `writer`, and finishes it. `order` are indices into the set's tiles, one
/// for each place of the layout. Holds one row of tiles in memory. Throws what reading a tile and the writer
/// throw.
void paint_sheet(const TileSet& set, const std::vector<std::size_t>& order, const TileLayout& layout,
                 SheetColour background, RowWriter& writer);

/// An objective's value as labels show it: three significant digits, whole numbers from 1000 on.
std::string short_value(double value);

}  // namespace limpid
