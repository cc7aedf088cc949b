// Loops of the CPU backend.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"

namespace limpid {

/// Calls f(i, worker) for i in [0, count) on the threads of the stream; `worker` is the thread's number, for
/// scratch memory of its own. f must not throw, and what it computes must not depend on `worker`.
template <class F>
void parallel_for_worker(const Stream& stream, std::int64_t count, const F& f) {
  if (stream.threads() == 1 || count == 1) {
    for (std::int64_t i = 0; i < count; ++i) f(i, 0);
    return;
  }
  stream.team->for_each(count, f);
}

/// Calls f(i) for i in [0, count) on the threads of the stream. f must not throw.
template <class F>
void parallel_for(const Stream& stream, std::int64_t count, const F& f) {
  parallel_for_worker(stream, count, [&](std::int64_t i, int) { f(i); });
}

}  // namespace limpid
