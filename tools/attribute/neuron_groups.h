// Channels of a layer that are active together on a photo.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/attribution/nonnegative_factors.h"
#include "engine/session/queries.h"

namespace limpid {

struct NeuronGroup {
  std::vector<double> positions;  ///< How strongly it is active, height x width; 1 where most.
  std::vector<float> channels;    ///< Activations of the layer's channels where it is most active.
};

struct NeuronGroups {
  std::vector<NeuronGroup> groups;  ///< By the column of their peak, then its row.
  double error = 0;                 ///< |activations - their sum| / |activations|.
};

/// The map, channels x height x width, as a sum of `count` groups (nonnegative_factors.h). Throws Error{usage} where it has fewer
/// positions or channels than that, where nothing is active, and for negative values.
NeuronGroups neuron_groups(const Activations& map, int count);

/// The same of a layer that errors name.
NeuronGroups neuron_groups(const Activations& map, int count, const std::string& layer);

/// Throws Error{usage} for a --groups that is out of range.
void check_group_count(int count);

/// The channels of which the group has most, at most `count`, none that it has nothing of; those of equal size by index.
std::vector<std::size_t> strongest_channels(const NeuronGroup& group, std::size_t count);

}  // namespace limpid
