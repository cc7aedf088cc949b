#include "tools/gallery/store_pictures.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "engine/grid/compute_identity.h"
#include "engine/grid/missing_tiles.h"

namespace limpid {

StorePictures::StorePictures(const std::vector<std::filesystem::path>& stores) {
  for (const std::filesystem::path& folder : stores) {
    const TileReader& store = *stores_.emplace_back(std::make_unique<TileReader>(folder));
    const Manifest& manifest = store.manifest();
    const ComputeOptions compute = compute_of_store(manifest);
    for (const std::int64_t job : store.finished()) {
      Place& place = places_.emplace_back(Place{&store, job, manifest.jobs[static_cast<std::size_t>(job)]});
      place.options.compute = compute;
    }
    if (std::string missing = missing_tiles(store, folder); !missing.empty())
      missing_.push_back(std::move(missing));
    std::copy(store.warnings().begin(), store.warnings().end(), std::back_inserter(warnings_));
  }
}

std::string StorePictures::weights(std::size_t index) const {
  const WeightsIdentity& weights = places_[index].store->manifest().weights;
  return weights.file.empty() ? weights.name : weights.file;
}

std::vector<WeightsIdentity> StorePictures::weights_identities() const {
  std::vector<WeightsIdentity> all;
  for (const auto& store : stores_) all.push_back(store->manifest().weights);
  return all;
}

GalleryPicture StorePictures::read(std::size_t index) {
  const Place& place = places_[index];
  StoredTile tile = place.store->read(place.job);
  return {{tile.height, tile.width, std::move(tile.rgb)}, std::move(tile.objective), std::move(tile.failure)};
}

std::string StorePictures::made_with() const {
  std::string text;
  std::set<std::string> said;
  for (const auto& store : stores_) {
    const Manifest& manifest = store->manifest();
    const std::string kind = fmt::format(
        "{} weights ({}, sha256 {}) on {} in {}, limpid {}", manifest.weights.family, manifest.weights.name,
        manifest.weights.sha256.substr(0, 12), manifest.device, manifest.precision, manifest.program_version);
    if (said.insert(kind).second) text += fmt::format("{}{}", text.empty() ? "" : "; ", kind);
  }
  return text;
}

}  // namespace limpid
