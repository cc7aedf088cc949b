// An objective in the terms of a plan.
#pragma once

#include "engine/network/plan.h"
#include "engine/network/planner.h"
#include "engine/objective/objective.h"
#include "kernels/ops/objective_seed.h"

namespace limpid {

/// The layer, and of it the channels, that a term needs.
TargetRequest target_of(const ObjectiveTerm& term);

/// A term of a channel, neuron or layer on its planned target. Throws Error{usage} for a position outside the
/// map (with its extents).
SlotTerm term_of(const ObjectiveTerm& term, const PlanTarget& target);

}  // namespace limpid
