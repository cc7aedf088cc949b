#include "engine/network/turn.h"

#include "engine/network/device.h"
#include "kernels/backend.h"
#include "kernels/core/error.h"

namespace limpid {

Turn::Turn(Turns& turns, Device& device, const char* what) : turns_(turns) {
  const std::uint64_t own = std::uint64_t{process_number()} + 1;
  if (turns.process != process_number() && device.backend().asynchronous()) {
    fail_runtime(
        "the {}'s GPU was opened before this process was forked, and stays with its parent: start processes anew, or "
        "fork before the first {}",
        what, what);
  }
  std::uint64_t holder = 0;
  if (turns.holder.compare_exchange_strong(holder, own, std::memory_order_acquire)) return;
  if (holder == own) fail_usage("a {} is used by two threads at once: give each thread one of its own", what);
  fail_runtime(
      "the {} was in use when this process was forked, half of what it computed stayed behind: open another",
      what);
}

}  // namespace limpid
