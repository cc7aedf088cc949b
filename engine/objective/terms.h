// An objective in the terms of a plan.
#pragma once

#include "engine/network/plan.h"
#include "engine/network/planner.h"
#include "engine/objective/objective.h"
#include "kernels/ops/objective_seed.h"

namespace limpid {

/// The layer, and of it the channels, that an objective needs.
TargetRequest target_of(const Objective& objective);

/// The objective on a planned target. Throws Error{usage} for a position outside the map (with its extents).
SlotTerm term_of(const Objective& objective, const PlanTarget& target);

}  // namespace limpid
