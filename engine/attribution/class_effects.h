// What each position of a map argues for.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/network/compute_options.h"
#include "engine/session/queries.h"
#include "weights/model.h"

namespace limpid {

/// For each position of the map of `layer`, row by row, and each class: the sum over the layer's channels of activation
/// times gradient of the class's logit. positions x classes. All classes of a position come from one product of the
/// Jacobian with its activations, eight positions together. Throws Error{usage} where the logits are not computed from
/// the layer alone. `progress`, which may be empty, is called with how many positions are done of how many.
std::vector<float> class_effects(std::shared_ptr<const Model> model, const std::string& layer,
                                 const Activations& map, const ComputeOptions& compute = {},
                                 const std::function<void(std::size_t, std::size_t)>& progress = {});

}  // namespace limpid
