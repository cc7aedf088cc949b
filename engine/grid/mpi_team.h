// What the program knows of the shared object that holds everything of MPI.
#pragma once

#include "engine/grid/rank_team.h"

namespace limpid {

inline constexpr const char* kMpiLibrary = "liblimpid_mpi.so";

/// Name and type of the function in it. Starts MPI; to be called once. Throws Error{runtime}.
inline constexpr const char* kJoinMpiTeam = "limpid_join_mpi_team";
using JoinMpiTeam = RankTeam* (*)();

}  // namespace limpid
