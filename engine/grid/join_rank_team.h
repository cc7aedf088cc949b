// How a process becomes one of several that a launcher started together.
#pragma once

#include <memory>

#include "engine/grid/rank_team.h"

namespace limpid {

/// Joins the ranks that mpirun, or a batch system in its place, started together with this process; null
/// where it started alone. Nothing of MPI is loaded then. Throws Error{usage} when there are ranks but this
/// build, or this machine, has no MPI for them.
std::unique_ptr<RankTeam> join_rank_team();

}  // namespace limpid
