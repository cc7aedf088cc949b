#include "kernels/core/thread_team.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <system_error>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// About 20 microseconds on current x86 cores.
constexpr int kSpins = 1500;

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Returns once value differs from `old`: spins for a while, then sleeps.
std::uint32_t await_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    const std::uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

/// Handles of threads that are not in this process: they can neither be joined nor let go, and a thread of this process
/// may have the place of theirs by now.
void keep_for_ever(std::vector<std::thread> threads) {
  static std::mutex keeping;
  static auto* const kept = new std::vector<std::thread>;
  const std::lock_guard lock(keeping);
  std::ranges::move(threads, std::back_inserter(*kept));
}

}  // namespace

ThreadTeam::ThreadTeam(int threads) : ranges_(static_cast<std::size_t>(threads)) {
  start();
}

ThreadTeam::~ThreadTeam() {
  if (forked()) keep_for_ever(std::move(workers_));
  stop();
}

void ThreadTeam::start() {
  if (forked()) keep_for_ever(std::exchange(workers_, {}));
  stopping_ = false;
  busy_ = 0;
  const std::uint32_t now = generation_.load(std::memory_order_relaxed);
  try {
    for (int worker = 1; worker < size(); ++worker)
      workers_.emplace_back([this, worker, now] { work(worker, now); });
  } catch (const std::system_error& e) {
    stop();
    fail_runtime("cannot start {} threads: {}", size(), e.what());
  }
  process_ = process_number();
}

void ThreadTeam::stop() {
  stopping_ = true;
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void ThreadTeam::run(Function function, const void* argument) {
  if (size() > 1) {
    if (forked()) start();
    function_ = function;
    argument_ = argument;
    busy_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
  }
  function(argument, 0);
  for (std::uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0;)
    busy = await_change(busy_, busy);
}

void ThreadTeam::work(int worker, std::uint32_t seen) {
  while (true) {
    std::uint32_t now = generation_.load(std::memory_order_acquire);
    if (now == seen) now = await_change(generation_, seen);
    seen = now;
    if (stopping_) return;
    function_(argument_, worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace limpid
