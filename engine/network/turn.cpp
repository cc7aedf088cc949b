#include "engine/network/turn.h"

#include "kernels/core/error.h"

namespace limpid {

Turn::Turn(Turns& turns, Device& device, const char* what) : turns_(turns) {
  if (turns.busy.test_and_set(std::memory_order_acquire))
    fail_usage("a {} is used by two threads at once: give each thread one of its own", what);
  if (turns.process == process_number() || !device.backend().asynchronous()) return;
  turns.busy.clear(std::memory_order_release);
  fail_runtime(
      "the {}'s GPU was opened before this process was forked, and stays with its parent: start processes anew, or "
      "fork before the first {}",
      what, what);
}

}  // namespace limpid
