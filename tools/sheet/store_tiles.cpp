#include "tools/sheet/store_tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

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

/// What all jobs have in common, and what is not there. `weights` is empty where they differ.
std::string describe(const std::vector<RenderOptions>& jobs, const std::string& weights,
                     const std::vector<Tile>& tiles) {
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
  if (!weights.empty()) parts.push_back(weights);
  return fmt::format("{}", fmt::join(parts, "  ·  "));
}

/// The name of the weights' file, where all stores have the same weights.
std::string weights_of(const std::vector<NamedStore>& stores) {
  const WeightsIdentity& first = stores.front().reader->manifest().weights;
  const bool same = std::all_of(stores.begin(), stores.end(), [&](const NamedStore& store) {
    return store.reader->manifest().weights.sha256 == first.sha256;
  });
  return same ? first.name : std::string();
}

/// Tells tiles of one objective apart that come from different stores.
void name_stores(std::vector<Tile>& tiles) {
  std::map<std::string, std::set<std::string>> stores_of;
  for (const Tile& tile : tiles) stores_of[tile.objective].insert(tile.store);
  for (Tile& tile : tiles) {
    if (stores_of[tile.objective].size() > 1) tile.label += fmt::format(" ({})", tile.store);
  }
}

}  // namespace

TileSet tiles_of_store(const TileReader& reader) {
  return tiles_of_stores({{&reader, ""}});
}

TileSet tiles_of_stores(const std::vector<NamedStore>& stores) {
  std::vector<RenderOptions> jobs;
  for (const NamedStore& store : stores) {
    const std::vector<RenderOptions>& of_store = store.reader->manifest().jobs;
    jobs.insert(jobs.end(), of_store.begin(), of_store.end());
  }
  const std::vector<std::string> layers = layers_of(jobs);
  TileSet set;
  std::vector<const TileReader*> reader_of;
  for (const NamedStore& store : stores) {
    const std::size_t first = set.tiles.size();
    for (const RenderOptions& job : store.reader->manifest().jobs) {
      set.tiles.push_back(tile_of_job(job, layers));
      set.tiles.back().job = static_cast<std::int64_t>(set.tiles.size() - 1 - first);
      if (stores.size() > 1) set.tiles.back().store = store.name;
      reader_of.push_back(store.reader);
    }
    for (const std::int64_t job : store.reader->finished()) {
      add_result(set.tiles[first + static_cast<std::size_t>(job)], store.reader->read(job));
    }
  }
  name_stores(set.tiles);
  std::vector<std::int64_t> job_of;
  for (const Tile& tile : set.tiles) job_of.push_back(tile.job);
  set.pixels = [reader_of = std::move(reader_of), job_of = std::move(job_of)](std::size_t index) {
    StoredTile stored = reader_of[index]->read(job_of[index]);
    Rgb8 picture;
    picture.height = stored.height;
    picture.width = stored.width;
    picture.pixels = std::move(stored.rgb);
    return picture;
  };
  set.title = name_layers(layers);
  if (!jobs.empty()) set.legend = describe(jobs, weights_of(stores), set.tiles);
  return set;
}

}  // namespace limpid
