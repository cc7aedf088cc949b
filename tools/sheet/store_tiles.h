// The tiles of a store, as a sheet shows them.
#pragma once

#include "engine/grid/tile_store.h"
#include "tools/sheet/tile_set.h"

namespace limpid {

/// Every job of the manifest. `reader` must outlive the set. Reads each tile once, for its status and value.
/// Throws what TileReader::read throws.
TileSet tiles_of_store(const TileReader& reader);

}  // namespace limpid
