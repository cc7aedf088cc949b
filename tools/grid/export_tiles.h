// Tiles of a store as files of their own.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/grid/tile_store.h"

namespace limpid {

/// What became of a store's jobs.
struct ExportedTiles {
  std::int64_t pictures = 0;
  std::int64_t missing = 0;  ///< Not made yet.
  std::int64_t failed = 0;
};

/// Throws Error{usage} unless `folder` is one, or could be made.
void check_export_folder(const std::filesystem::path& folder);

/// Writes every finished tile as a PNG named after its objective ("mixed4a-11.png", with the job's number
/// behind it where several have one objective), and tiles.json: [{"file", "job", "objective", "seed",
/// "value"}]. Makes the folder where it is not there; a file of the same name is replaced, each whole or not at
/// all. Throws Error{usage} with the system's reason, and what reading a tile throws.
ExportedTiles export_tiles(const TileReader& reader, const std::filesystem::path& folder);

}  // namespace limpid
