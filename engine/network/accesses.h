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

/// Whether two accesses need an order: they meet, and one of them writes.
bool conflict(const Access& a, const Access& b);

}  // namespace limpid
