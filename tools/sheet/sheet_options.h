// How a sheet looks.
#pragma once

#include <optional>
#include <string>

#include "tools/sheet/tile_set.h"

namespace limpid {

inline constexpr int kMaxTileSide = 4096;
inline constexpr int kMaxGap = 256;

struct SheetOptions {
  int columns = 0;  ///< 0: chosen for a sheet somewhat wider than high with few empty places.
  int tile = 128;   ///< Longest side of a picture in pixels, 8..kMaxTileSide; smaller ones keep their size.
  int gap = 4;      ///< Pixels between tiles, 0..kMaxGap.
  bool labels = true;
  SheetColour background{22, 23, 26};
  std::optional<std::string> title;  ///< Instead of the set's; "" for neither title nor legend.
  TileOrder order = TileOrder::channel;
  bool descending = false;
};

/// Reads "#rrggbb", "black" or "white". Throws Error{usage}.
SheetColour parse_colour(const std::string& text);

/// Throws Error{usage} naming the option that is out of range.
void check_sheet_options(const SheetOptions& options);

}  // namespace limpid
