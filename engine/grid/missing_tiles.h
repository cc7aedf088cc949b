// What a store lacks, for people.
#pragma once

#include <string>

#include "engine/grid/tile_store.h"

namespace limpid {

/// "'a.limpid' lacks 3 of its 12 tiles, not made yet or lost: `limpid grid a.limpid --resume` makes them"; empty where it has all. A file of
/// tiles that was removed leaves no other trace than that.
std::string missing_tiles(const TileReader& reader, const std::filesystem::path& store);

}  // namespace limpid
