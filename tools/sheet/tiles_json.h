// Where the tiles of a picture lie, for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tools/sheet/layout.h"

namespace limpid {

/// {"image": name, "tile": [height, width] of a place, "tiles": [{"job", "objective", "x", "y", "w", "h" of
/// the tile's pixels in the image, "value" or null, "store" where there are several}]}; finished tiles only.
nlohmann::ordered_json tiles_json(const std::string& image, const TileSet& set,
                                  const std::vector<std::size_t>& order, const TileLayout& layout);

}  // namespace limpid
