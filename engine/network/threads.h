// Host threads of a computation.
#pragma once

#include "kernels/core/stream.h"

namespace limpid {

/// A team of `count` threads (0 for all cores this process may use) and the stream over it.
class HostThreads {
 public:
  explicit HostThreads(int count);

  Stream stream() { return {&team_, nullptr}; }

 private:
  ThreadTeam team_;
};

}  // namespace limpid
