// What a whole optimisation step costs: the plan of the image side around the network's.
#pragma once

#include <string>
#include <vector>

#include "engine/network/cost.h"
#include "engine/optimize/step_planner.h"

namespace limpid {

/// How a step is going to be computed.
struct StepCostOptions {
  Precision precision = Precision::fp32;  ///< Not `automatic`.
  bool grouped_input = false;             ///< See Backend::groups_input.
  Concurrency concurrency = Concurrency::serial;
  std::size_t network_arena_bytes =
      0;  ///< As an executor has it; 0 for maps and gradients without workspaces.
};

struct StepCost {
  std::vector<OperationCost> operations;  ///< In the order of the step, one for each of a lane's tasks.
  /// Of what a step shares: the network's maps and gradients, and of the image side spectra, views,
  /// gradients.
  double arena_bytes = 0;
  double filter_bytes = 0;
  double kept_bytes = 0;   ///< Parameters, Adam's moments, pictures, tables.
  double input_bytes = 0;  ///< The network's input and its gradient.
  int longest_chain = 0;   ///< Operations that must run one after the other, at least.

  /// Of the image side.
  double image_bytes() const { return kept_bytes + input_bytes; }
  double memory_bytes() const { return arena_bytes + filter_bytes + image_bytes(); }
};

/// The cost of one step; `network` has a backward pass.
StepCost step_cost(const LaneStep& step, const Plan& network, const StepCostOptions& options);

/// The same of a lane: of staged views for the first of their sizes.
StepCost step_cost(const Model& model, const LaneSpec& spec, const StepCostOptions& options);

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
