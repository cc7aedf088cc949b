// A store of tiles: a folder with a manifest and HDF5 files that only ever appear whole. The files are
// described in engine/grid/README.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/grid/manifest.h"

namespace limpid {

class WriterLock;

/// What became of one job.
struct StoredTile {
  std::int64_t job = 0;  ///< Its index in the manifest.
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> rgb;  ///< height x width x 3; empty when the job failed.
  /// What was optimised (see ImageParameterisation); empty unless the manifest keeps it and the job did not
  /// fail.
  std::vector<float> parameters;
  std::vector<double> objective;  ///< Value before each update, and after the last: at most steps + 1 values.
  std::string failure;            ///< One line, at most 511 bytes are kept; empty when all went well.

  bool operator==(const StoredTile&) const = default;
};

/// Bytes the store needs on disk at most: while a writer's small files are merged, its tiles are there twice.
std::uint64_t required_bytes(const Manifest& manifest);

/// How a store was found.
struct StoreOpening {
  bool created = false;  ///< False: it was there, made for the same jobs.
  std::string note;      ///< One line for the user, empty mostly: another program version made the store.
  /// While it lives, nobody removes the store or adds jobs to it, also before there is a writer.
  std::shared_ptr<const WriterLock> hold = {};
};

/// Creates the folder and its manifest, or joins the store that is there; any number of processes may do so
/// at once. Throws Error{usage} when the store there is for something else (naming the first difference),
/// when the folder cannot be made, and when the file system has less space than is still needed (naming how
/// much); Error{input} when the manifest there is damaged or of another store version.
StoreOpening open_store(const std::filesystem::path& folder, const Manifest& manifest);

/// Adds to a store the jobs that `manifest` has behind those of the store; its tiles stay valid. Nothing is done
/// where there are none. Throws Error{usage} when the store is for something else, when another process works
/// on it and when the file system has too little space; Error{input} where there is no store.
void extend_store(const std::filesystem::path& folder, const Manifest& manifest);

/// Removes a store that never held a tile, that nobody holds or writes to and in which is nothing of others, as a
/// start that failed leaves it; returns whether it did.
bool remove_empty_store(const std::filesystem::path& folder);

/// The manifest of a store. Throws Error{input} when there is none, or a damaged one.
Manifest read_manifest(const std::filesystem::path& folder);

/// Adds tiles to a store under a writer's name. After a crash at any instant the store holds every tile that
/// `flush` returned for, and no part of another.
class TileWriter {
 public:
  /// `writer` is 1 to 64 letters, digits, '-' and '_'; the same name continues what a former process of that
  /// name left. Throws Error{usage} when another process writes under that name.
  TileWriter(const std::filesystem::path& folder, const std::string& writer);
  TileWriter(const TileWriter&) = delete;
  TileWriter& operator=(const TileWriter&) = delete;
  ~TileWriter();  ///< Does not flush.

  /// Takes a tile, and flushes when 64 tiles or 32 MiB wait. Throws Error{usage} for a job that the manifest
  /// does not have or a tile whose shape is not the job's.
  void append(StoredTile tile);

  /// When `flush` should be called at the latest, two seconds after the first tile that waits; empty when
  /// none waits.
  std::optional<std::chrono::steady_clock::time_point> flush_due() const;

  /// Puts every tile that waits on disk, durably. Throws Error{usage} with the system's reason when the disk
  /// is full; the tiles still wait then.
  void flush();

  /// Flushes, then merges all that this writer left in the folder into tiles-<writer>.h5, in job order: the
  /// same tiles give the same bytes, however often the work was interrupted. Needs memory for one tile.
  void consolidate();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Merges what writers that are no longer alive left, then makes tiles.h5, which shows the tiles of all
/// writers as one. Throws Error{usage} with the system's reason when the disk is full.
void join_writers(const std::filesystem::path& folder);

/// Reads the tiles of a store, also while others write to it: what was there at construction is found.
class TileReader {
 public:
  /// Reads and verifies every tile. Throws Error{input} when there is no store, and Error{runtime} when the
  /// system could not read a file of it, which is not taken for damage.
  explicit TileReader(const std::filesystem::path& folder);
  TileReader(TileReader&&) noexcept;
  TileReader& operator=(TileReader&&) noexcept;
  ~TileReader();

  const Manifest& manifest() const;

  /// Jobs with a valid tile, those that failed among them: a job that failed once fails again.
  std::set<std::int64_t> finished() const;

  /// One line for each file with damage, naming it: the tiles lost there count as not finished.
  const std::vector<std::string>& warnings() const;

  /// The tile of a finished job, verified again. Throws Error{usage} when the job is not finished and
  /// Error{input} when its file was damaged since, Error{runtime} when the system could not read it.
  StoredTile read(std::int64_t job) const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

}  // namespace limpid
