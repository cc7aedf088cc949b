// What a grid is made into.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/grid/manifest.h"
#include "engine/grid/tile_store.h"

namespace limpid {

/// What a grid is to hold, what of it is there, and where finished tiles go.
class GridStore {
 public:
  virtual ~GridStore() = default;

  virtual const Manifest& manifest() const = 0;

  /// Where relative names of files are looked up that the working directory does not have; empty for nowhere.
  virtual std::filesystem::path folder_of_files() const = 0;

  /// Where a GPU's algorithms are kept (Device); empty for nowhere.
  virtual std::filesystem::path algorithms_file() const { return {}; }

  /// Jobs whose tiles were there at first, those that failed among them, and the tile of one.
  virtual std::set<std::int64_t> finished() const = 0;
  virtual StoredTile read(std::int64_t job) const = 0;

  /// Damage that was found, one line a file.
  virtual std::vector<std::string> warnings() const = 0;

  /// Takes a tile. Throws what writing an earlier one threw.
  virtual void put(StoredTile tile) = 0;

  /// Brings to disk what was taken. Throws what writing throws.
  virtual void flush() = 0;

  /// The same, as the destructor does. Throws what writing threw. No `put` may follow.
  virtual void close() = 0;

  /// After `close`, once no job is left: what was written becomes one file, which shows it all.
  virtual void conclude() = 0;
};

/// Opens a store of tiles in a folder (tile_store.h), which is made or, where it is there for the same jobs, gone on with,
/// under the name of a writer. For one thread at a time, which also writes. Throws what `open_store`, TileWriter and
/// TileReader throw; a store that it made and could not go on with is removed.
std::unique_ptr<GridStore> open_folder_store(const std::filesystem::path& folder, const Manifest& manifest,
                                             const std::string& writer);

}  // namespace limpid
