#include "engine/grid/tile_index.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {

TileIndex::TileIndex(std::filesystem::path folder, const std::vector<TileFileName>& files,
                     const Manifest& manifest, std::string manifest_digest)
    : folder_(std::move(folder)), manifest_(&manifest), manifest_digest_(std::move(manifest_digest)) {
  for (const TileFileName& file : files) {
    const std::string name = to_string(file);
    try {
      add_file(name);
    } catch (const Error& error) {
      // Tiles that could not be read now are there nevertheless: they are not to be made again.
      if (error.kind() != ErrorKind::input) throw;
      std::error_code ignored;
      // Of the name itself: a link that leads nowhere, or in a circle, stays.
      const auto status = std::filesystem::symlink_status(folder_ / name, ignored);
      if (status.type() == std::filesystem::file_type::not_found) {
        file_vanished_ = true;
      } else {
        warnings_.push_back(fmt::format("{}; none of its tiles counts", error.what()));
        unreadable_.push_back(file);
      }
    }
  }
}

void TileIndex::add_file(const std::string& name) {
  const TileFile file(folder_ / name, *manifest_, manifest_digest_);
  const std::int64_t sound = add_rows(file, name);
  if (sound != file.tiles()) {
    warnings_.push_back(
        fmt::format("'{}' is damaged: only {} of its {} tiles are sound; the others do not count",
                    (folder_ / name).string(), sound, file.tiles()));
  }
}

std::int64_t TileIndex::add_rows(const TileFile& file, const std::string& name) {
  std::int64_t sound = 0;
  for (std::size_t g = 0; g < file.groups().size(); ++g) {
    const TileFile::Group& group = file.groups()[g];
    for (std::size_t row = 0; row < group.jobs.size(); ++row) {
      try {
        const StoredTile tile = file.read(group, row);
        add({name, g, row, row_of(tile), tile_checksum(tile)});
        ++sound;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::input) throw;
      }
    }
  }
  return sound;
}

void TileIndex::add(const Place& place) {
  const auto [it, added] = places_.try_emplace(place.tile.job, place);
  Place& first = it->second;
  if (added || first.checksum == place.checksum) return;
  if (first.tile.failed && !place.tile.failed) {
    first = place;
  } else if (first.tile.failed == place.tile.failed) {
    warnings_.push_back(fmt::format("'{}': the tile of job {} differs between {} and {}; the first is used",
                                    folder_.string(), place.tile.job, first.file, place.file));
  }
}

std::vector<TileRow> TileIndex::rows() const {
  std::vector<TileRow> rows;
  rows.reserve(places_.size());
  for (const auto& [job, place] : places_) rows.push_back(place.tile);
  return rows;
}

std::shared_ptr<const TileFile> TileIndex::open(const std::string& name) const {
  constexpr std::size_t kept_open = 8;
  const auto found =
      std::find_if(opened_.begin(), opened_.end(), [&](const auto& pair) { return pair.first == name; });
  if (found != opened_.end()) {
    opened_.splice(opened_.begin(), opened_, found);
  } else {
    opened_.emplace_front(name, std::make_shared<TileFile>(folder_ / name, *manifest_, manifest_digest_));
    if (opened_.size() > kept_open) opened_.pop_back();
  }
  return opened_.front().second;
}

StoredTile TileIndex::read(std::int64_t job) const {
  const Place& place = places_.at(job);
  const std::shared_ptr<const TileFile> file = open(place.file);
  const auto changed = [&] {
    fail_input("'{}' has changed since it was read", (folder_ / place.file).string());
  };
  if (place.group >= file->groups().size()) changed();
  const TileFile::Group& group = file->groups()[place.group];
  if (place.row >= group.jobs.size() || group.jobs[place.row] != job) changed();
  return file->read(group, place.row);
}

}  // namespace limpid
