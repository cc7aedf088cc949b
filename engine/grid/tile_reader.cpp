#include <utility>

#include "engine/grid/tile_index.h"
#include "engine/grid/tile_store.h"
#include "kernels/core/error.h"

namespace limpid {

struct TileReader::State {
  explicit State(const std::filesystem::path& store)
      : folder(store), manifest(read_manifest(store)), index(scan()) {}

  /// Again when a file went while it was being read: its tiles are in another by then.
  TileIndex scan() const {
    const std::string digest = manifest_digest(folder);
    constexpr int most_attempts = 100;
    for (int attempt = 1;; ++attempt) {
      TileIndex found(folder, list_tile_files(folder), manifest, digest);
      if (!found.file_vanished() || attempt == most_attempts) return found;
    }
  }

  std::filesystem::path folder;
  Manifest manifest;
  mutable TileIndex index;  ///< Made anew when a file it names was merged into another.
};

TileReader::TileReader(const std::filesystem::path& folder) : state_(std::make_unique<State>(folder)) {}
TileReader::TileReader(TileReader&&) noexcept = default;
TileReader& TileReader::operator=(TileReader&&) noexcept = default;
TileReader::~TileReader() = default;

const Manifest& TileReader::manifest() const {
  return state_->manifest;
}

std::set<std::int64_t> TileReader::finished() const {
  std::set<std::int64_t> jobs;
  for (const TileRow& row : state_->index.rows()) jobs.insert(row.job);
  return jobs;
}

const std::vector<std::string>& TileReader::warnings() const {
  return state_->index.warnings();
}

StoredTile TileReader::read(std::int64_t job) const {
  if (!state_->index.contains(job)) {
    fail_usage("'{}' has no tile of job {}", state_->folder.string(), job);
  }
  try {
    return state_->index.read(job);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
  }
  // Its file was merged into another meanwhile, or is damaged indeed.
  TileIndex again = state_->scan();
  if (!again.contains(job)) {
    fail_input("'{}': the tile of job {} has been damaged or removed", state_->folder.string(), job);
  }
  StoredTile tile = again.read(job);
  state_->index = std::move(again);
  return tile;
}

}  // namespace limpid
