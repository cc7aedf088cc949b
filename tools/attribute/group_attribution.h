// Attributions by groups of channels that are active together.
#pragma once

#include <string>
#include <vector>

#include "engine/image/image.h"
#include "tools/attribute/neuron_groups.h"
#include "tools/result_file.h"

namespace limpid {

/// An attribution to a map, split up over the map's groups.
struct GroupAttribution {
  std::vector<std::vector<double>> positions;  ///< Of each group: height x width.
  std::vector<double> totals;                  ///< Their sums.
  double rest = 0;                             ///< Of values where no group has anything.
};

/// `values`: channels x height x width, of the map that `groups` are of. Each is shared out among the groups as the map's value there
/// is: group k has positions_k channels_k / the sum over all groups of it. All parts together are the sum of the values.
GroupAttribution attribute_to_groups(const std::vector<float>& values, const NeuronGroups& groups);

/// A row of overlays over the photo, one a group, on one scale; maps of height x width.
Image group_attribution_picture(const Image& photo, const GroupAttribution& attribution, int height,
                                int width);

/// What groups are, of a map of height x width: `positions` (groups x height x width) and `channels` (groups x channels), with `stem`
/// before their names.
void add_group_maps(ResultFile& file, const NeuronGroups& groups, int height, int width,
                    const std::string& stem);

/// `groups` (groups), `group_attribution` (groups x height x width), `group_rest`; `group_positions` (likewise) and
/// `group_channels` (groups x channels), what they are.
void add_group_attribution(ResultFile& file, const GroupAttribution& attribution, const NeuronGroups& groups,
                           int height, int width);

}  // namespace limpid
