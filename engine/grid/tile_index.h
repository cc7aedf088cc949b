// Which file of a store holds which tile.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/grid/store_folder.h"
#include "engine/grid/tile_file.h"
#include "engine/grid/tile_file_writer.h"

namespace limpid {

class TileIndex {
 public:
  /// Reads and verifies every tile of the files. Where two hold the same job, one that did not fail comes
  /// first, then the file named first. `manifest` must outlive this.
  TileIndex(std::filesystem::path folder, const std::vector<TileFileName>& files, const Manifest& manifest,
            std::string manifest_digest);

  /// What is known of the verified tiles, in job order.
  std::vector<TileRow> rows() const;
  bool contains(std::int64_t job) const { return places_.contains(job); }

  /// The tile of a job that is contained. Throws Error{input} when its file was damaged or removed since.
  StoredTile read(std::int64_t job) const;

  /// One line for each file with damage, naming it.
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// Files in which nothing could be read.
  const std::vector<TileFileName>& unreadable() const { return unreadable_; }
  /// Whether a file had gone by the time it was to be read, as happens while its writer merges it.
  bool file_vanished() const { return file_vanished_; }

 private:
  struct Place {
    std::string file;
    std::size_t group = 0, row = 0;
    TileRow tile;
    TileChecksum checksum{};
  };

  void add_file(const std::string& name);
  /// Adds the sound rows of a file; returns how many those are.
  std::int64_t add_rows(const TileFile& file, const std::string& name);
  void add(const Place& place);
  std::shared_ptr<const TileFile> open(const std::string& name) const;

  std::filesystem::path folder_;
  const Manifest* manifest_;
  std::string manifest_digest_;
  std::map<std::int64_t, Place> places_;
  std::vector<std::string> warnings_;
  std::vector<TileFileName> unreadable_;
  bool file_vanished_ = false;

  /// The files read last, the latest first: tiles are mostly asked for in the order they were written.
  mutable std::list<std::pair<std::string, std::shared_ptr<const TileFile>>> opened_;
};

}  // namespace limpid
