// The worker threads of a CPU stream.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "kernels/core/process.h"

namespace limpid {

/// A persistent team that runs one task on all its threads at a time. Idle threads spin for some ten
/// microseconds, the usual gap between two operations, and then sleep: on an idle machine a task starts at
/// once, and on a busy one nobody's core is burnt. (OpenMP's barrier spins much longer: with other processes
/// on both cores of a two-core machine a render took 16 times as long under libgomp's default as under this
/// rule.)
class ThreadTeam {
 public:
  /// A team of `threads` >= 1, the calling thread counted in. Throws Error{runtime} when threads cannot be
  /// started.
  explicit ThreadTeam(int threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return static_cast<int>(ranges_.size()); }

  /// Calls task(w) for every w in [0, size()), each on its own thread, w = 0 on the caller's; returns when
  /// all are done. One caller at a time, not from within a task; tasks must not throw. In a child of fork(), which has
  /// none of its parent's threads, the first call starts them anew, and throws Error{runtime} where it cannot.
  template <class Task>
  void run(const Task& task) {
    run([](const void* argument, int worker) { (*static_cast<const Task*>(argument))(worker); }, &task);
  }

  /// Calls f(i, w) once for every i in [0, count), w being the thread it runs on. Each thread has a
  /// contiguous range, the same one in every loop of that length, so that its caches stay warm; who is done
  /// with his own helps the others, so that a thread the system has taken off its core holds nobody up for
  /// long. The terms of `run` apply.
  template <class F>
  void for_each(std::int64_t count, const F& f) {
    const std::int64_t chunk = std::max<std::int64_t>(1, count / (size() * kChunksPerThread));
    for (int w = 0; w < size(); ++w) {
      ranges_[static_cast<std::size_t>(w)].next.store(count * w / size(), std::memory_order_relaxed);
      ranges_[static_cast<std::size_t>(w)].end = count * (w + 1) / size();
    }
    run([&](int worker) {
      for (int i = 0; i < size(); ++i) {
        Range& range = ranges_[static_cast<std::size_t>((worker + i) % size())];
        while (true) {
          const std::int64_t first = range.next.fetch_add(chunk, std::memory_order_relaxed);
          if (first >= range.end) break;
          const std::int64_t last = std::min(first + chunk, range.end);
          for (std::int64_t k = first; k < last; ++k) f(k, worker);
        }
      }
    });
  }

 private:
  using Function = void (*)(const void* argument, int worker);

  /// Enough for a late thread to cost an eighth of its share, few enough for the counter not to matter.
  static constexpr std::int64_t kChunksPerThread = 8;

  /// What is left of one thread's part of a loop.
  struct alignas(64) Range {
    std::atomic<std::int64_t> next{0};
    std::int64_t end = 0;
  };

  void run(Function function, const void* argument);
  void start();
  void work(int worker, std::uint32_t seen);
  void stop();
  bool forked() const { return process_ != process_number(); }

  Function function_ = nullptr;
  const void* argument_ = nullptr;
  bool stopping_ = false;
  alignas(64) std::atomic<std::uint32_t> generation_{0};  ///< Counts tasks; a change starts the workers.
  alignas(64) std::atomic<std::uint32_t> busy_{0};        ///< Workers still in the task.
  std::vector<Range> ranges_;                             ///< One per thread.
  std::vector<std::thread> workers_;
  std::uint32_t process_ = 0;  ///< That of the workers.
};

}  // namespace limpid
