#include "tools/attribute/channel_tiles.h"

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <utility>

#include "kernels/core/error.h"
#include "tools/gallery/store_pictures.h"
#include "tools/notes.h"

namespace limpid {
namespace {

/// The channel of the layer that a job maximises, if that is all it does.
std::optional<int> channel_of(const RenderOptions& job, const std::string& layer) {
  if (job.objective.terms.size() != 1) return std::nullopt;
  const ObjectiveTerm& term = job.objective.terms.front();
  const bool whole =
      term.kind == TermKind::channel && term.layer == layer && term.weight > 0 && !term.position;
  return whole ? std::optional(term.channel) : std::nullopt;
}

}  // namespace

std::map<int, Pixels> channel_tiles(const std::vector<std::filesystem::path>& stores,
                                    const std::string& layer, const std::set<int>& wanted) {
  StorePictures pictures(stores);
  for (const std::string& warning : pictures.warnings()) note(warning);
  std::map<int, Pixels> tiles;
  bool any = false;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const std::optional<int> channel = channel_of(pictures.options(i), layer);
    any = any || channel;
    if (!channel || !wanted.contains(*channel) || tiles.contains(*channel)) continue;
    GalleryPicture picture = pictures.read(i);
    if (!picture.pixels.rgb.empty()) tiles.emplace(*channel, std::move(picture.pixels));
  }
  if (!any)
    fail_input("'{}' has no picture of a channel of {}; `limpid grid {}` makes them", stores.front().string(),
               layer, layer);
  return tiles;
}

}  // namespace limpid
