#include "tools/attribute/channel_tiles.h"

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <utility>

#include "kernels/core/error.h"
#include "tools/made_with.h"
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

ChannelTiles::ChannelTiles(const std::vector<std::filesystem::path>& stores,
                           const std::filesystem::path& weights)
    : pictures_(stores), first_(stores.front()) {
  const std::vector<WeightsIdentity> identities = pictures_.weights_identities();
  for (std::size_t i = 0; i < stores.size(); ++i) check_made_with(stores[i], identities[i], weights);
}

std::map<int, Pixels> ChannelTiles::of(const std::string& layer, const std::set<int>& wanted) {
  for (const std::string& warning : pictures_.warnings()) note(warning);
  std::map<int, Pixels> tiles;
  bool any = false;
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    const std::optional<int> channel = channel_of(pictures_.options(i), layer);
    any = any || channel;
    if (!channel || !wanted.contains(*channel) || tiles.contains(*channel)) continue;
    GalleryPicture picture = pictures_.read(i);
    if (!picture.pixels.rgb.empty()) tiles.emplace(*channel, std::move(picture.pixels));
  }
  if (!any)
    fail_input("'{}' has no picture of a channel of {}; `limpid grid {}` makes them", first_.string(), layer,
               layer);
  if (wanted.size() > tiles.size())
    note(fmt::format("{} of {} channels have no picture in the stores", wanted.size() - tiles.size(),
                     wanted.size()));
  return tiles;
}

}  // namespace limpid
