// A store in a folder as a grid uses it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/grid/grid_store.h"
#include "engine/grid/tile_store.h"
#include "engine/grid/writer_thread.h"

namespace limpid {

/// A store that is there (tile_store.h), to which one writer adds.
class FolderStore final : public GridStore {
 public:
  /// Who writes: a thread of the store's, `put` being for any number of threads then, or whoever calls.
  enum class Writes { in_a_thread, at_once };

  /// `hold` is that of the store's opening, where whoever opened it leaves it to this. Throws what TileWriter and
  /// TileReader throw.
  FolderStore(std::filesystem::path folder, const std::string& writer, Writes writes,
              std::shared_ptr<const WriterLock> hold = {});
  ~FolderStore() override;

  const Manifest& manifest() const override { return reader_.manifest(); }
  std::filesystem::path folder_of_files() const override;
  std::filesystem::path algorithms_file() const override;
  std::set<std::int64_t> finished() const override { return reader_.finished(); }
  StoredTile read(std::int64_t job) const override { return reader_.read(job); }
  std::vector<std::string> warnings() const override { return reader_.warnings(); }
  void put(StoredTile tile) override;
  void flush() override;  ///< Of a thread's store nothing: it does so by itself.
  void close() override;
  void conclude() override;

  /// The first half of `conclude`, of this writer alone.
  void consolidate() { writer_.consolidate(); }

 private:
  std::shared_ptr<const WriterLock> hold_;
  std::filesystem::path folder_;
  TileWriter writer_;
  TileReader reader_;
  std::optional<WriterThread> thread_;
};

}  // namespace limpid
