// Reads a file of tiles, trusting nothing in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/grid/positioned_file.h"
#include "engine/grid/tile_checksum.h"
#include "engine/grid/tile_store.h"

namespace limpid {

/// The file's structure is read through HDF5 and checked against the manifest and the file's size; tiles are
/// then read from where the structure says they lie. The file stays open: what was opened can be read even
/// when it has been replaced since.
class TileFile {
 public:
  /// Tiles of one size, or those that failed.
  struct Group {
    std::string name;
    int height = 0, width = 0;  ///< 0 for those that failed: the manifest knows.
    bool failed = false;
    std::uint64_t curve = 0;           ///< Values in a row of the objective.
    std::uint64_t parameters = 0;      ///< Values in a row of them; 0 where the store does not keep them.
    std::vector<std::int64_t> jobs;    ///< Of each row; not verified.
    std::vector<std::int32_t> values;  ///< Of each row's objective; not verified.
    std::uint64_t tile_at = 0, parameters_at = 0, objective_at = 0, sha256_at = 0;
  };

  /// Throws Error{input} when there is no such file, or it is damaged, no file of tiles, or belongs to
  /// another store; Error{runtime} when the system could not read it, which says nothing of what it holds.
  /// `manifest` must outlive this.
  TileFile(const std::filesystem::path& path, const Manifest& manifest, const std::string& manifest_digest);
  TileFile(const TileFile&) = delete;
  TileFile& operator=(const TileFile&) = delete;

  /// Groups that are sound; what is unknown or damaged is left out.
  const std::vector<Group>& groups() const { return groups_; }

  /// Tiles that the file was written with.
  std::int64_t tiles() const { return tiles_; }

  /// The tile of a row. Throws Error{input} when it is not what was written, and
  /// Error{runtime} when the system could not read it.
  StoredTile read(const Group& group, std::size_t row) const;

 private:
  class Structure;

  PositionedFile file_;
  const Manifest& manifest_;
  std::int64_t tiles_ = 0;
  std::vector<Group> groups_;
};

}  // namespace limpid
