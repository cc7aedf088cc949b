// What proves that a tile is what was written.
#pragma once

#include <array>
#include <cstdint>

#include "engine/grid/tile_store.h"

namespace limpid {

using TileChecksum = std::array<std::uint8_t, 32>;

/// SHA-256 over the tile's numbers, little endian, in this order: job (int64), height, width, number of
/// objective values, bytes of the failure (int64 each), objective (float64), rgb, failure, parameters
/// (float32).
TileChecksum tile_checksum(const StoredTile& tile);

}  // namespace limpid
