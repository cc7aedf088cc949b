// Where an operation runs.
#pragma once

#include "kernels/core/thread_team.h"

namespace limpid {

/// An execution resource: a team of host threads (CPU backend; none: the calling thread alone) or a CUDA
/// stream. Plain data, passed to every operation; operations never allocate and, on a device, never wait.
struct Stream {
  ThreadTeam* team = nullptr;
  void* cuda = nullptr;  ///< cudaStream_t.

  int threads() const { return team == nullptr ? 1 : team->size(); }
};

}  // namespace limpid
