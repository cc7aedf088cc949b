// How large the maps of a network are, and how small its input may be.
#pragma once

#include <vector>

#include "weights/model.h"

namespace limpid {

/// Rows and columns of a map.
struct MapSize {
  int h = 0, w = 0;
};

/// Logical channels of every value, by node.
std::vector<int> infer_channels(const Network& network, const Model& model);

/// Size of every value that is computed from `start`, whose own is `size`; 0 x 0 of the others. An extent
/// below 1 means that a map before it is too small.
std::vector<MapSize> infer_sizes(const Network& network, ValueId start, MapSize size);

/// Whether that input leaves at least one position at `last` and at all it is computed from.
bool reaches(const Network& network, ValueId start, MapSize size, ValueId last);

/// The least square input, a side, that reaches `last`.
int least_size(const Network& network, ValueId start, ValueId last);

}  // namespace limpid
