// Loops of the CPU backend.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"

namespace limpid {

/// Calls f(i) for i in [0, count), in contiguous blocks, one per thread of the stream. f must not throw.
template <class F>
void parallel_for(const Stream& stream, std::int64_t count, const F& f) {
  if (stream.threads <= 1) {
    for (std::int64_t i = 0; i < count; ++i) f(i);
    return;
  }
#pragma omp parallel for schedule(static) num_threads(stream.threads)
  for (std::int64_t i = 0; i < count; ++i) f(i);
}

}  // namespace limpid
