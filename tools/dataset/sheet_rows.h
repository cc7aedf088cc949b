// Rows of pictures of any origin, as a sheet shows them: renders beside examples.
#pragma once

#include <string>
#include <vector>

#include "engine/image/image.h"
#include "tools/dataset/unit_examples.h"
#include "tools/sheet/tile_set.h"

namespace limpid {

struct RowPicture {
  Rgb8 pixels;
  std::string label;
  std::string failure = {};  ///< Why there are no pixels; empty where there are.
};

struct SheetRow {
  std::string heading;
  std::vector<RowPicture> pictures;
};

/// Eight bits a value, as a file has them.
Rgb8 as_rgb8(const Image& image);

/// Examples of a unit, `side` pixels, as the network saw them, labelled with their values. One that cannot be read has its
/// failure, and a line in `failures`.
std::vector<RowPicture> example_pictures(const IndexReader& index, const std::vector<Example>& examples,
                                         int side, std::vector<std::string>& failures);

struct SheetTable {
  TileSet set;
  int columns = 1;
};

/// The rows one below another, each from its first picture on.
SheetTable sheet_table(std::vector<SheetRow> rows, int side, std::string title, std::string legend);

}  // namespace limpid
