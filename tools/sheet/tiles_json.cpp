#include "tools/sheet/tiles_json.h"

namespace limpid {

nlohmann::ordered_json tiles_json(const std::string& image, const TileSet& set,
                                  const std::vector<std::size_t>& order, const TileLayout& layout) {
  nlohmann::ordered_json tiles = nlohmann::ordered_json::array();
  for (std::size_t position = 0; position < order.size(); ++position) {
    const Tile& tile = set.tiles[order[position]];
    if (tile.status != TileStatus::finished) continue;
    const Rect place = layout.picture_in_cell(static_cast<int>(position), fit_inside(tile.size, layout.tile));
    tiles.push_back({{"job", tile.job},
                     {"objective", tile.objective},
                     {"x", place.x},
                     {"y", place.y},
                     {"w", place.width},
                     {"h", place.height},
                     {"value", tile.value}});  // NaN becomes null.
    if (!tile.store.empty()) tiles.back()["store"] = tile.store;
  }
  return {{"image", image}, {"tile", {layout.picture.height, layout.picture.width}}, {"tiles", tiles}};
}

}  // namespace limpid
