// Groups over the photo they are of.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "tools/attribute/neuron_groups.h"

namespace limpid {

/// RGB of group `index` of `count`: hues at equal distances.
std::array<float, 3> group_colour(std::size_t index, std::size_t count);

/// The photo in gray under every group's colour, as opaque as the group is active there. Maps of height x width.
Image groups_overlay(const Image& photo, const NeuronGroups& groups, int height, int width);

/// The photo where the group is active, dark elsewhere.
Image group_cutout(const Image& photo, const NeuronGroup& group, int height, int width);

}  // namespace limpid
