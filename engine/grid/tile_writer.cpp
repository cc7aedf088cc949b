#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "engine/grid/consolidate.h"
#include "engine/grid/store_folder.h"
#include "engine/grid/tile_file_writer.h"
#include "engine/grid/tile_schema.h"
#include "engine/grid/tile_store.h"
#include "engine/grid/writer_lock.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr std::size_t kMostTiles = 64;
constexpr std::size_t kMostTileBytes = std::size_t{32} << 20U;
constexpr std::chrono::seconds kLongestWait{2};

WriterLock take_lock(const std::filesystem::path& folder, const std::string& writer) {
  std::optional<WriterLock> lock = WriterLock::try_take(folder, writer);
  if (!lock) {
    fail_usage("'{}': another process is writing there as '{}'; wait for it, or end it", folder.string(),
               writer);
  }
  return std::move(*lock);
}

/// Cuts a message to what a file holds, between two characters, on one line.
void fit_message(std::string& message) {
  if (message.size() >= tile_schema::kMessageSize) {
    std::size_t end = tile_schema::kMessageSize - 1;
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    while (end > 0 && continues(message[end])) --end;
    message.resize(end);
  }
  std::replace_if(
      message.begin(), message.end(), [](char c) { return c == '\0' || c == '\n'; }, ' ');
}

}  // namespace

struct TileWriter::State {
  State(const std::filesystem::path& store, const std::string& name)
      : folder(store),
        writer(name),
        manifest(read_manifest(store)),
        digest(manifest_digest(store)),
        lock(take_lock(store, name)) {
    for (const TileFileName& file : list_tile_files(folder, writer)) {
      if (file.segment) next_segment = *file.segment + 1;
    }
    std::error_code ignored;  // Of a process that was killed; it would be overwritten anyway.
    std::filesystem::remove(temporary_tiles(folder, writer), ignored);
  }

  /// Throws unless the tile is what its job asks for.
  void check(const StoredTile& tile) const {
    if (tile.job < 0 || tile.job >= static_cast<std::int64_t>(manifest.jobs.size())) {
      fail_usage("'{}' has no job {}: its jobs are 0 to {}", folder.string(), tile.job,
                 static_cast<std::int64_t>(manifest.jobs.size()) - 1);
    }
    const RenderOptions& job = manifest.jobs[static_cast<std::size_t>(tile.job)];
    const auto pixels = static_cast<std::size_t>(job.height) * static_cast<std::size_t>(picture_width(job));
    const bool picture = tile.rgb.size() == (tile.failure.empty() ? pixels * 3 : 0);
    if (!picture || tile.height != job.height || tile.width != picture_width(job)) {
      fail_usage("a tile of {}x{} with {} values is not the picture of {}x{} that job {} asks for",
                 tile.height, tile.width, tile.rgb.size(), job.height, picture_width(job), tile.job);
    }
    const std::size_t kept = tile.failure.empty() ? kept_parameters(manifest, job) : 0;
    if (tile.parameters.size() != kept) {
      fail_usage("the tile of job {} has {} parameters; the store keeps {} of it", tile.job,
                 tile.parameters.size(), kept);
    }
    if (tile.failure.empty() && tile.objective.empty()) {
      fail_usage("the tile of job {} has no value of its objective", tile.job);
    }
    if (tile.objective.size() > static_cast<std::size_t>(job.steps) + 1) {
      fail_usage("job {} has {} values of its objective for {} steps", tile.job, tile.objective.size(),
                 job.steps);
    }
  }

  std::filesystem::path folder;
  std::string writer;
  Manifest manifest;
  std::string digest;
  WriterLock lock;
  int next_segment = 0;
  std::vector<StoredTile> waiting;
  std::size_t waiting_bytes = 0;
  std::chrono::steady_clock::time_point first_waits;
};

TileWriter::TileWriter(const std::filesystem::path& folder, const std::string& writer) {
  if (!is_writer_name(writer)) {
    fail_usage("'{}' is no name for a writer: use 1 to 64 letters, digits, '-' and '_'", writer);
  }
  state_ = std::make_unique<State>(folder, writer);
}

TileWriter::~TileWriter() = default;

void TileWriter::append(StoredTile tile) {
  fit_message(tile.failure);
  state_->check(tile);
  if (state_->waiting.empty()) state_->first_waits = std::chrono::steady_clock::now();
  state_->waiting_bytes +=
      tile.rgb.size() + tile.parameters.size() * sizeof(float) + tile.objective.size() * sizeof(double);
  state_->waiting.push_back(std::move(tile));
  if (state_->waiting.size() >= kMostTiles || state_->waiting_bytes >= kMostTileBytes) flush();
}

std::optional<std::chrono::steady_clock::time_point> TileWriter::flush_due() const {
  if (state_->waiting.empty()) return std::nullopt;
  return state_->first_waits + kLongestWait;
}

void TileWriter::flush() {
  if (state_->waiting.empty()) return;
  std::vector<StoredTile>& tiles = state_->waiting;
  std::stable_sort(tiles.begin(), tiles.end(),
                   [](const StoredTile& a, const StoredTile& b) { return a.job < b.job; });
  std::vector<TileRow> rows;
  std::transform(tiles.begin(), tiles.end(), std::back_inserter(rows), row_of);
  const TileFileName name{state_->writer, state_->next_segment};
  write_tile_file(
      {state_->folder / to_string(name), temporary_tiles(state_->folder, state_->writer), state_->digest},
      rows, [&](std::size_t i) { return tiles[i]; });
  ++state_->next_segment;
  state_->waiting.clear();
  state_->waiting_bytes = 0;
}

void TileWriter::consolidate() {
  flush();
  consolidate_writer(state_->folder, state_->writer, state_->manifest, state_->digest);
}

}  // namespace limpid
