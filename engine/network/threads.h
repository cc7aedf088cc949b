// Host threads of a computation.
#pragma once

#include "kernels/core/stream.h"

namespace limpid {

/// Gives the calling thread `count` OpenMP threads (0 for all cores) while it lives; the libraries under the
/// kernels follow this setting.
class HostThreads {
 public:
  explicit HostThreads(int count);
  ~HostThreads();
  HostThreads(const HostThreads&) = delete;
  HostThreads& operator=(const HostThreads&) = delete;

  Stream stream() const { return {count_, nullptr}; }

 private:
  int count_;
  int previous_;
};

}  // namespace limpid
