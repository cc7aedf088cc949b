// How a channel is connected to the channels of a layer below it, whatever lies between.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/network/compute_options.h"
#include "weights/model.h"

namespace limpid {

struct ExpandedWeights {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values;  ///< channels x height x width: as the filter of one convolution.

  /// Length of each channel's part.
  std::vector<double> lengths() const;
};

/// Of a channel of `upper` ("mixed4a", "mixed4a:pre") by the channels of `lower`: the gradient of the neuron in the middle
/// of a map, with the network between taken as a linear map (SessionOptions::linear; Voss et al. 2021, "Visualizing
/// Weights"), over all positions where any of it is more than 2^-20 of the largest. Of a convolution and its own input this is the
/// filter, but for what Winograd's transform rounds (and leaves beside the field: hence the bound) where its windows are 3x3 or 5x5.
/// Of logits, which see the whole map, it is of the map that an input of the network's own size has.
/// Throws Error{usage} for layers of which one is not computed from the other alone, and where the field is too large.
ExpandedWeights expanded_weights(const std::shared_ptr<const Model>& model, const std::string& upper,
                                 int channel, const std::string& lower, const ComputeOptions& compute = {});

/// The `extent` x `extent` weights in the middle, or all where there are fewer; zeros nowhere added.
ExpandedWeights centre_of(const ExpandedWeights& weights, int extent);

}  // namespace limpid
