// What a position of a map sees of the network's input.
#pragma once

#include <vector>

#include "engine/network/infer_shapes.h"
#include "weights/network.h"

namespace limpid {

/// Along one dimension, in pixels: position p sees [start + p * step, start + p * step + size). What of that lies
/// outside the input is padding.
struct ReceptiveField {
  int size = 1;
  int step = 1;
  int start = 0;

  bool operator==(const ReceptiveField&) const = default;
};

/// Of every value, by node, for an input whose maps have these sizes (`infer_sizes`): along the height, which is
/// that along the width where the input is square. Of a concatenation it is the largest of its branches'.
std::vector<ReceptiveField> receptive_fields(const Network& network, const std::vector<MapSize>& sizes);

}  // namespace limpid
