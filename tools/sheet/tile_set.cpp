#include "tools/sheet/tile_set.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace limpid {
namespace {

bool comes_before(const Tile& a, const Tile& b, TileOrder order) {
  switch (order) {
    case TileOrder::channel:
      return std::tie(a.layer, a.channel) < std::tie(b.layer, b.channel);
    case TileOrder::objective:
      return a.value < b.value;
    case TileOrder::name:
      return a.objective < b.objective;
  }
  return false;
}

}  // namespace

std::vector<std::size_t> sort_tiles(const std::vector<Tile>& tiles, TileOrder order, bool descending) {
  std::vector<std::size_t> indices(tiles.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  auto end = indices.end();
  if (order == TileOrder::objective) {
    end = std::stable_partition(indices.begin(), end,
                                [&](std::size_t i) { return !std::isnan(tiles[i].value); });
  }
  std::stable_sort(indices.begin(), end, [&](std::size_t i, std::size_t j) {
    return descending ? comes_before(tiles[j], tiles[i], order) : comes_before(tiles[i], tiles[j], order);
  });
  return indices;
}

}  // namespace limpid
