// From a model and what is wanted of it to a plan that computes nothing else.
#pragma once

#include <string>
#include <vector>

#include "engine/network/liveness.h"
#include "engine/network/plan.h"
#include "weights/model.h"

namespace limpid {

/// A layer to stop at.
struct TargetRequest {
  std::string layer;          ///< Canonical name: any convolution, module, pool, norm, "logits" or "softmax".
  bool pre_relu = false;      ///< Before the ReLU.
  std::vector<int> channels;  ///< Logical channels that matter; empty for all.
  TermCounts terms = {};      ///< Of the objective on it.
  /// The caller gives a gradient of its own (NetworkExecutor::set_given_gradient): the plan computes its product with
  /// the Jacobian. Only in a plan with a backward pass. With `terms.seeds` of 0 there is no objective: it is the whole
  /// gradient of the target, and is given anew before each backward pass.
  bool given_gradient = false;

  bool operator==(const TargetRequest&) const = default;
};

struct PlanRequest {
  std::vector<TargetRequest> targets;
  int height = 0, width = 0;
  int batch = 1;
  bool backward = true;  ///< Plan the gradient of the targets with respect to the input.
  Concurrency concurrency = Concurrency::serial;   ///< What memory is planned for.
  int columns = 1;                                 ///< See Plan.
  PoolGradient pool_gradient = PoolGradient::max;  ///< How it passes max-pools.
  /// Layer whose activations the plan begins with, and to whose gradient it goes back; empty for the picture. Height
  /// and width are its map's.
  std::string start = {};
  /// What the passes after the forward pass read of it stays, so that they may run again.
  bool repeats = false;
  /// Plan the pass along a tangent of what the plan begins with; it wants `repeats`.
  bool push = false;
  /// Plan the gradient of the network as a linear map, which takes no forward pass: biases are zero, ReLUs the identity,
  /// max-pools the mean of their windows' pixels, and LRN its derivative at zero, bias^-beta.
  bool linear = false;

  bool operator==(const PlanRequest&) const = default;
};

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
