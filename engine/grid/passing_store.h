// The store of a grid whose tiles are taken as they are made.
#pragma once

#include <utility>

#include "engine/grid/grid_store.h"
#include "kernels/core/error.h"

namespace limpid {

/// Has the manifest, and keeps no tile.
class PassingStore final : public GridStore {
 public:
  explicit PassingStore(Manifest manifest) : manifest_(std::move(manifest)) {}

  const Manifest& manifest() const override { return manifest_; }
  std::filesystem::path folder_of_files() const override { return {}; }
  std::set<std::int64_t> finished() const override { return {}; }
  StoredTile read(std::int64_t job) const override { fail_usage("no tile of job {} was kept", job); }
  std::vector<std::string> warnings() const override { return {}; }
  void put(StoredTile) override {}
  void flush() override {}
  void close() override {}
  void conclude() override {}

 private:
  Manifest manifest_;
};

}  // namespace limpid
