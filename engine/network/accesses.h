// Which parts of which buffers an operation of a plan reads and writes.
#pragma once

#include <vector>

#include "engine/network/plan.h"

namespace limpid {

/// Whether the operation adds to the values of objectives.
bool has_values(const AnyOp& op);

struct Access {
  Slice slice;
  bool write = false;  ///< Also where the operation adds to what is there.
};

/// Everything `op` touches, its ReLUs included.
std::vector<Access> accesses(const Plan& plan, const PlanOp& op);

/// Whether the pool's argmax alone masks the gradient of the ReLUs whose outputs it reads (MaxPoolBprop::positive_only):
/// the pool is all that reads them. By a rule of their own, ReLUs are a pass after it and read the map still.
bool masks_by_argmax(const MaxPoolBpropOp& pool, const std::vector<ReluPoint>& relus);

/// Whether the ReLUs are all that made `x`.
bool are_outputs(const std::vector<ReluPoint>& relus, const Slice& x);

/// Whether two accesses need an order: they meet, and one of them writes.
bool conflict(const Access& a, const Access& b);

}  // namespace limpid
