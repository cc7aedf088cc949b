#include "engine/grid/join_rank_team.h"

#include <dlfcn.h>

#include <cstdlib>

#include "engine/grid/mpi_team.h"
#include "kernels/core/error.h"
#include "kernels/core/own_library.h"

namespace limpid {
namespace {

/// Number of processes the launcher says it started; 0 where there is no launcher.
int launched_ranks() {
  // Open MPI's mpirun; MPICH's and Slurm's process managers.
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* value = std::getenv(variable)) return std::atoi(value);
  }
  return 0;
}

}  // namespace

std::unique_ptr<RankTeam> join_rank_team() {
  const int launched = launched_ranks();
  if (launched == 0) return nullptr;
  // Open MPI's own plugins look its symbols up among the global ones. It stays loaded, for MPI cannot be started twice.
  constexpr bool global = true;
  const OwnLibrary library = open_own_library(kMpiLibrary, global);
  if (library.handle == nullptr) {
    fail_usage("started as one of {} MPI ranks, but {} cannot be loaded ({}); use --shard I/N instead",
               launched, kMpiLibrary, library.why_not);
  }
  const auto join = reinterpret_cast<JoinMpiTeam>(::dlsym(library.handle, kJoinMpiTeam));
  if (join == nullptr) fail_usage("{} is of another version of limpid", kMpiLibrary);
  std::unique_ptr<RankTeam> team(join());
  if (team->size() != launched) {
    fail_usage(
        "started as one of {} ranks, but MPI sees {}: the launcher is of another MPI than the one limpid "
        "was built with",
        launched, team->size());
  }
  return team;
}

}  // namespace limpid
