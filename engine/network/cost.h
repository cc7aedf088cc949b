// What the operations of a plan cost, from shapes alone: bytes, FLOP, memory; no device is needed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/network/card.h"
#include "engine/network/plan.h"
#include "kernels/core/dtype.h"

namespace limpid {

/// An operand: a memory, or channels of one, that an operation reads or writes once.
struct OperandCost {
  std::string memory;  ///< Name of a buffer of the plan ("mixed4a", "d mixed4a"), or of a memory of its own.
  double bytes = 0;    ///< Of all images; of a filter, once for the batch.
  bool written = false;
  std::optional<std::size_t> offset;  ///< Of the buffer in the arena; none for a memory of its own.
  Slice slice;                        ///< Of the plan's buffer, where it is one.
};

/// What one operation must at least do for the whole batch.
struct OperationCost {
  std::string name;   ///< As the executor calls it: "mixed4a_3x3 dgrad".
  std::string shape;  ///< For people, of one image: "96 > 208  3x3  14x14".
  /// Multiplications and additions. Convolutions count padded channels and padded taps; operations whose few
  /// FLOP a byte can never bind them (pools, LRN, masks, colours) count none.
  double flops = 0;
  Arithmetic arithmetic = Arithmetic::scalar;
  std::vector<OperandCost> operands;  ///< What is added to stands twice: read, and written.

  double bytes() const;
  Floor floor(const Card& card, Precision precision) const;
};

/// How the plan is going to be computed.
struct CostOptions {
  DType dtype = DType::f32;    ///< Of activations.
  bool grouped_input = false;  ///< See Backend::groups_input.
};

struct NetworkCost {
  std::vector<OperationCost> forward;
  std::vector<OperationCost> backward;  ///< With the plain ReLU rule, as most steps have it.
  std::vector<OperationCost> push;
  std::size_t arena_bytes = 0;  ///< Of maps, gradients and argmax; workspaces are the backend's to say.
  double filter_bytes = 0;      ///< In the dtype of activations, all plans together.
};

/// The network's part of a step, operation by operation in the executor's order and under its names.
NetworkCost network_cost(const Plan& plan, const CostOptions& options);

/// Bytes of the network's input, and likewise of its gradient.
double network_input_bytes(const Plan& plan, const CostOptions& options);

}  // namespace limpid
