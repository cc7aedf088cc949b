// What a whole optimisation step costs: the image side around the network.
#pragma once

#include <string>
#include <vector>

#include "engine/image/parameterisation.h"
#include "engine/image/transforms.h"
#include "engine/network/cost.h"

namespace limpid {

struct StepCostOptions {
  Precision precision = Precision::fp32;  ///< Not `automatic`.
  bool grouped_input = false;             ///< See Backend::groups_input.
  ImageForm image = {};
  bool masked = false;  ///< Whether pixels can be frozen.
  TransformNeeds needs = {};
  bool normalise_gradient = false;
  int images = 1;  ///< Of each job.
};

struct StepCost {
  std::vector<OperationCost> operations;  ///< In the order of the step.
  double arena_bytes = 0;
  double filter_bytes = 0;
  double image_bytes = 0;  ///< Parameters, Adam's moments, spectra, pictures, the network's input.
  int longest_chain = 0;   ///< Operations that must run one after the other, at least.

  double memory_bytes() const { return arena_bytes + filter_bytes + image_bytes; }
};

/// The cost of one step of every image of the plan's batch. The plan has a backward pass.
StepCost step_cost(const Plan& plan, const StepCostOptions& options);

/// Sums of floors over the operations: `seconds` of each operation's own, as if nothing overlapped; the
/// others as if all operations were bound by one thing.
struct StepFloor {
  double seconds = 0;
  double math_seconds = 0;
  double bytes_seconds = 0;
};
StepFloor step_floor(const StepCost& cost, const Card& card, Precision precision);

/// The storage type of activations at a precision.
DType storage_of(Precision precision);

}  // namespace limpid
