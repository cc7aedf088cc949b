#include "engine/grid/join_rank_team.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "engine/grid/mpi_team.h"
#include "kernels/core/error.h"

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

/// The library, from beside the program's folder, then from wherever the system looks; null where there is
/// none. It stays loaded, for MPI cannot be started twice.
void* load_mpi_library() {
  // Open MPI's own plugins look its symbols up among the global ones.
  constexpr int mode = RTLD_NOW | RTLD_GLOBAL;
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto beside = program.parent_path().parent_path() / "lib" / kMpiLibrary;
    if (void* library = ::dlopen(beside.c_str(), mode)) return library;
  }
  return ::dlopen(kMpiLibrary, mode);
}

}  // namespace

std::unique_ptr<RankTeam> join_rank_team() {
  const int launched = launched_ranks();
  if (launched == 0) return nullptr;
  void* library = load_mpi_library();
  if (library == nullptr) {
    fail_usage("started as one of {} MPI ranks, but {} cannot be loaded ({}); use --shard I/N instead",
               launched, kMpiLibrary, ::dlerror());
  }
  const auto join = reinterpret_cast<JoinMpiTeam>(::dlsym(library, kJoinMpiTeam));
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
