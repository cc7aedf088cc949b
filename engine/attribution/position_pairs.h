// From each position of one layer to each position of a layer below it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "weights/model.h"

namespace limpid {

struct PositionPairs {
  int upper_height = 0, upper_width = 0;  ///< Of the layer that is explained.
  int lower_height = 0, lower_width = 0;  ///< Of the layer it is explained by.
  /// upper height x upper width x lower height x lower width: the sum over the lower layer's channels of activation times
  /// gradient of |v|, v the vector of the upper layer's position.
  std::vector<float> values;
  std::vector<float> lengths;  ///< |v|, upper height x upper width.
};

/// Linear attribution of the length of every vector of `upper` ("mixed5a", "mixed5a:pre") to the positions of `lower`
/// (Olah et al. 2018, "The Building Blocks of Interpretability"): one product with the Jacobian for each, `batch` of
/// them together, which changes no bit. Where |v| is 0, so is its row. Throws Error{usage} for layers of which one is
/// not computed from the other alone, or is the same.
PositionPairs attribute_positions(std::shared_ptr<const Model> model, const Image& photo,
                                  const std::string& upper, const std::string& lower,
                                  const ComputeOptions& compute = {}, int batch = 8);

}  // namespace limpid
