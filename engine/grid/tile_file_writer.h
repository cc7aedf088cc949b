// Writes a file of tiles.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "engine/grid/tile_store.h"

namespace limpid {

/// What the layout of a file must know of a tile.
struct TileRow {
  std::int64_t job = 0;
  int height = 0;
  int width = 0;
  bool failed = false;
  std::size_t values = 0;      ///< Of the objective.
  std::size_t parameters = 0;  ///< Values of them; 0 when they are not kept.
};

TileRow row_of(const StoredTile& tile);

struct TileFileTarget {
  std::filesystem::path file;
  std::filesystem::path temporary;  ///< In the same folder.
  std::string manifest_digest;
};

/// Writes the tiles in the order of `rows`; `tile(i)` is that of rows[i], and is called once for each. Holds
/// one tile at a time. The file appears whole, durably and in place of what had its name; the same tiles give
/// the same bytes. Throws Error{usage} with the system's reason.
void write_tile_file(const TileFileTarget& target, std::span<const TileRow> rows,
                     const std::function<StoredTile(std::size_t)>& tile);

}  // namespace limpid
