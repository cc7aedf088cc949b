// The worker threads of a CPU stream.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

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

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls task(w) for every w in [0, size()), each on its own thread, w = 0 on the caller's; returns when
  /// all are done. One caller at a time, not from within a task; tasks must not throw.
  template <class Task>
  void run(const Task& task) {
    run([](const void* argument, int worker) { (*static_cast<const Task*>(argument))(worker); }, &task);
  }

 private:
  using Function = void (*)(const void* argument, int worker);

  void run(Function function, const void* argument);
  void work(int worker);
  void stop();

  Function function_ = nullptr;
  const void* argument_ = nullptr;
  bool stopping_ = false;
  alignas(64) std::atomic<std::uint32_t> generation_{0};  ///< Counts tasks; a change starts the workers.
  alignas(64) std::atomic<std::uint32_t> busy_{0};        ///< Workers still in the task.
  std::vector<std::thread> workers_;
};

}  // namespace limpid
