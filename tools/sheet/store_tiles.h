// The tiles of stores, as a sheet shows them.
#pragma once

#include <string>
#include <vector>

#include "engine/grid/tile_store.h"
#include "tools/sheet/tile_set.h"

namespace limpid {

/// Every job of the manifest. `reader` must outlive the set. Reads each tile once, for its status and value.
/// Throws what TileReader::read throws.
TileSet tiles_of_store(const TileReader& reader);

/// A store, and the name that tells it from others.
struct NamedStore {
  const TileReader* reader = nullptr;
  std::string name;
};

/// The same of several: one store's jobs behind another's. Where stores share an objective, labels have the
/// store's name.
TileSet tiles_of_stores(const std::vector<NamedStore>& stores);

}  // namespace limpid
