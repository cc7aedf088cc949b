// What a plan is asked for.
#pragma once

#include <string>
#include <vector>

#include "engine/network/liveness.h"
#include "engine/network/micro_batches.h"
#include "engine/network/plan.h"

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
  /// Plan the gradient and the pass along a tangent of the network as a linear map, which take no forward pass: biases are
  /// zero, ReLUs the identity, max-pools the mean of their windows' pixels, and LRN its derivative at zero, bias^-beta.
  bool linear = false;
  MicroBatches micro_batches = {};

  bool operator==(const PlanRequest&) const = default;
};

}  // namespace limpid
