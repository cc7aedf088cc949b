// From a model and what is wanted of it to a plan that computes nothing else.
#pragma once

#include <string>

#include "engine/network/plan.h"
#include "engine/network/plan_request.h"
#include "weights/model.h"

namespace limpid {

/// Plans the ancestors of the targets and nothing else: the forward pass stops at the deepest target, a
/// module computes only the branches a target or a later layer needs, and a last convolution only the filters
/// asked for. Convolutions of a module that read its input are merged into one.
///
/// Targets may lie above one another, be a module and its parts, or a layer before and after its ReLU. A
/// convolution has its ReLU built in, or none if its values are wanted before it alone; where both are wanted
/// the former have a buffer of their own ("mixed4a:pre") and the ReLU is an operation. A target whose values
/// are another's too, as those of a module's part, has a gradient of its own, which is added to the other's.
///
/// A plan may begin at any layer whose values alone its targets are computed from.
///
/// Throws Error{usage} for an unknown layer, a target that is not computed from the start alone, a channel out of range, an input too small for the target (with
/// the least size), ":pre" of a layer without a ReLU, and, where gradients are wanted, one target twice and
/// both the softmax and what it reads.
Plan make_plan(const Model& model, const PlanRequest& request);

/// The least square input, in pixels, that reaches `layer` with at least one position.
int least_input_size(const Model& model, const std::string& layer);

}  // namespace limpid
