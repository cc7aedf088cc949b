#include "tools/sheet/store_tiles.h"

#include <algorithm>
#include <set>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// The layers of the jobs, as they come first.
std::vector<std::string> layers_of(const std::vector<RenderOptions>& jobs) {
  std::vector<std::string> layers;
  for (const RenderOptions& job : jobs) {
    if (std::find(layers.begin(), layers.end(), job.objective.leading().layer) == layers.end()) {
      layers.push_back(job.objective.leading().layer);
    }
  }
  return layers;
}

/// "mixed4a:11" is "11" beside others of mixed4a.
std::string without_layer(std::string objective, const std::string& layer) {
  if (const std::size_t place = objective.find(layer + ":"); place != std::string::npos) {
    objective.erase(place, layer.size() + 1);
  }
  return objective;
}

Tile tile_of_job(const RenderOptions& job, const std::vector<std::string>& layers) {
  Tile tile;
  tile.objective = to_string(job.objective);
  tile.label = layers.size() == 1 ? without_layer(tile.objective, layers.front()) : tile.objective;
  tile.layer = static_cast<int>(std::find(layers.begin(), layers.end(), job.objective.leading().layer) -
                                layers.begin());
  tile.channel = job.objective.leading().channel;
  tile.size = {job.height, picture_width(job)};
  return tile;
}

void add_result(Tile& tile, const StoredTile& stored) {
  tile.status = stored.failure.empty() ? TileStatus::finished : TileStatus::failed;
  tile.failure = stored.failure;
  if (stored.failure.empty() && !stored.objective.empty()) tile.value = stored.objective.back();
}

/// "mixed3a and mixed3b", "mixed3a, mixed3b and 7 more layers".
std::string name_layers(const std::vector<std::string>& layers) {
  constexpr std::size_t named = 4;
  if (layers.size() > named) {
    return fmt::format("{}, {} and {} more layers", layers[0], layers[1], layers.size() - 2);
  }
  std::string text;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (i > 0) text += i + 1 == layers.size() ? " and " : ", ";
    text += layers[i];
  }
  return text;
}

template <class Property>
bool all_share(const std::vector<RenderOptions>& jobs, const Property& property) {
  return std::all_of(jobs.begin(), jobs.end(),
                     [&](const RenderOptions& job) { return property(job) == property(jobs.front()); });
}

/// What all jobs have in common, and what is not there.
std::string describe(const Manifest& manifest, const std::vector<Tile>& tiles) {
  const std::vector<RenderOptions>& jobs = manifest.jobs;
  std::vector<std::string> parts;
  parts.push_back(fmt::format("{} {}", tiles.size(), tiles.size() == 1 ? "picture" : "pictures"));
  const auto count = [&](TileStatus status) {
    return std::count_if(tiles.begin(), tiles.end(), [&](const Tile& tile) { return tile.status == status; });
  };
  if (const auto missing = count(TileStatus::missing); missing > 0) {
    parts.push_back(fmt::format("{} not rendered", missing));
  }
  if (const auto failed = count(TileStatus::failed); failed > 0) {
    parts.push_back(fmt::format("{} failed", failed));
  }
  if (all_share(jobs, [](const RenderOptions& job) { return job.steps; })) {
    parts.push_back(fmt::format("{} steps", jobs.front().steps));
  }
  if (all_share(jobs, [](const RenderOptions& job) { return std::pair(job.height, picture_width(job)); })) {
    parts.push_back(fmt::format("{} × {} px", jobs.front().height, picture_width(jobs.front())));
  }
  if (all_share(jobs, [](const RenderOptions& job) { return job.seed; })) {
    parts.push_back(fmt::format("seed {}", jobs.front().seed));
  }
  if (!manifest.weights.name.empty()) parts.push_back(manifest.weights.name);
  return fmt::format("{}", fmt::join(parts, "  ·  "));
}

}  // namespace

TileSet tiles_of_store(const TileReader& reader) {
  const std::vector<RenderOptions>& jobs = reader.manifest().jobs;
  const std::vector<std::string> layers = layers_of(jobs);
  TileSet set;
  for (const RenderOptions& job : jobs) {
    set.tiles.push_back(tile_of_job(job, layers));
    set.tiles.back().job = static_cast<std::int64_t>(set.tiles.size()) - 1;
  }
  for (const std::int64_t job : reader.finished()) {
    add_result(set.tiles[static_cast<std::size_t>(job)], reader.read(job));
  }
  set.pixels = [&reader](std::size_t index) {
    StoredTile stored = reader.read(static_cast<std::int64_t>(index));
    Rgb8 picture;
    picture.height = stored.height;
    picture.width = stored.width;
    picture.pixels = std::move(stored.rgb);
    return picture;
  };
  set.title = name_layers(layers);
  if (!jobs.empty()) set.legend = describe(reader.manifest(), set.tiles);
  return set;
}

}  // namespace limpid
