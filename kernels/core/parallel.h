// Loops of the CPU backend.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"

namespace limpid {

/// f(i, worker) for i in [begin, end). The one copy of the loop, whatever the number of threads: in two
/// copies the compiler may fuse a b + c d into either of two multiply-adds, and their last bits differ.
template <class F>
[[gnu::noinline, gnu::noclone]] void run_block(const F& f, std::int64_t begin, std::int64_t end, int worker) {
  for (std::int64_t i = begin; i < end; ++i) f(i, worker);
}

/// Calls f(i, worker) for i in [0, count), in contiguous blocks, one per thread of the stream; `worker` is
/// the thread's number, for scratch memory of its own. f must not throw.
template <class F>
void parallel_for_worker(const Stream& stream, std::int64_t count, const F& f) {
  const int threads = stream.threads();
  if (threads == 1 || count == 1) {
    run_block(f, 0, count, 0);
    return;
  }
  stream.team->run(
      [&](int worker) { run_block(f, count * worker / threads, count * (worker + 1) / threads, worker); });
}

/// Calls f(i) for i in [0, count), in contiguous blocks, one per thread of the stream. f must not throw.
template <class F>
void parallel_for(const Stream& stream, std::int64_t count, const F& f) {
  parallel_for_worker(stream, count, [&](std::int64_t i, int) { f(i); });
}

}  // namespace limpid
