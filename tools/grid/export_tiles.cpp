#include "tools/grid/export_tiles.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>

#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "tools/output_file.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// File systems take 255 bytes, and a number and an extension come behind.
constexpr std::size_t kLongestName = 200;

std::string name_of(const RenderOptions& job) {
  return output_or_default("", to_string(job.objective), "").string().substr(0, kLongestName);
}

Image to_image(const StoredTile& tile) {
  Image image{tile.height, tile.width, {}};
  image.rgb.reserve(tile.rgb.size());
  for (const std::uint8_t value : tile.rgb) image.rgb.push_back(static_cast<float>(value) / 255);
  return image;
}

}  // namespace

void check_export_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) {
    check_writable(folder / "tiles.json");
  } else {
    check_writable(folder.has_filename() ? folder : folder.parent_path());
    if (fs::exists(folder, error)) fail_usage("'{}' is a file, and tiles go into a folder", folder.string());
  }
}

ExportedTiles export_tiles(const TileReader& reader, const fs::path& folder) {
  check_export_folder(folder);
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) fail_write(folder, error.value());

  const std::vector<RenderOptions>& jobs = reader.manifest().jobs;
  std::map<std::string, int> uses;
  for (const RenderOptions& job : jobs) ++uses[name_of(job)];
  const std::set<std::int64_t> finished = reader.finished();
  ExportedTiles exported;
  exported.missing = std::ssize(jobs) - std::ssize(finished);
  Json tiles = Json::array();
  for (const std::int64_t id : finished) {
    const StoredTile tile = reader.read(id);
    if (!tile.failure.empty()) {
      ++exported.failed;
      continue;
    }
    const RenderOptions& job = jobs[static_cast<std::size_t>(id)];
    const std::string name = name_of(job);
    const std::string file = fmt::format("{}{}.png", name, uses[name] > 1 ? fmt::format("-{:06}", id) : "");
    write_image(folder / file, to_image(tile));
    tiles.push_back({{"file", file},
                     {"job", id},
                     {"objective", to_string(job.objective)},
                     {"seed", job.seed},
                     {"value", tile.objective.empty() ? Json() : Json(tile.objective.back())}});
    ++exported.pictures;
  }
  write_atomically(folder / "tiles.json", tiles.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  return exported;
}

}  // namespace limpid
