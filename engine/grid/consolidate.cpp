#include "engine/grid/consolidate.h"

#include <fmt/format.h>

#include <cstdio>

#include "engine/grid/durable_file.h"
#include "engine/grid/tile_index.h"
#include "kernels/core/file_errors.h"

namespace limpid {

namespace fs = std::filesystem;

fs::path temporary_tiles(const fs::path& folder, const std::string& writer) {
  return folder / fmt::format(".tiles-{}.tmp", writer);
}

void consolidate_writer(const fs::path& folder, const std::string& writer, const Manifest& manifest,
                        const std::string& manifest_digest) {
  const std::vector<TileFileName> files = list_tile_files(folder, writer);
  const TileFileName merged{writer, std::nullopt};
  const TileIndex index(folder, files, manifest, manifest_digest);
  for (const TileFileName& file : index.unreadable()) {
    const fs::path kept = folder / ("damaged-" + to_string(file));
    if (std::rename((folder / to_string(file)).c_str(), kept.c_str()) != 0) fail_write(kept, errno);
  }
  const bool in_place = files.size() == 1 && !files[0].segment && index.warnings().empty();
  if (files.empty() || in_place) return;

  const std::vector<TileRow> rows = index.rows();
  if (!rows.empty()) {
    write_tile_file({folder / to_string(merged), temporary_tiles(folder, writer), manifest_digest}, rows,
                    [&](std::size_t i) { return index.read(rows[i].job); });
  }
  for (const TileFileName& file : files) {
    std::error_code gone;  // Unreadable ones have another name by now.
    if (file.segment) fs::remove(folder / to_string(file), gone);
  }
  sync_folder(folder);
}

}  // namespace limpid
