// What a lower layer's map adds to sums over a higher one, by its gradient.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/network/compute_options.h"
#include "engine/session/queries.h"
#include "weights/model.h"

namespace limpid {

/// The map of `upper`, and for each of the cotangents the activations of `lower` times the gradient of <cotangent, map>.
struct CotangentProducts {
  std::vector<float> upper;
  std::vector<std::vector<float>> products;  ///< Each of the lower map's size.
};

/// `below`: the map of `lower`, channels x height x width. `cotangents`: each of the upper map's size. One product with the
/// Jacobian each. Throws Error{usage} for layers of which one is not computed from the other alone,
/// or is the same.
CotangentProducts cotangent_products(std::shared_ptr<const Model> model, const std::string& upper,
                                     const std::string& lower, const Activations& below,
                                     std::span<const std::vector<float>> cotangents,
                                     const ComputeOptions& compute = {});

}  // namespace limpid
