#include "kernels/core/process.h"

#include <pthread.h>

#include <atomic>

namespace limpid {
namespace {

std::atomic<std::uint32_t> number{0};

/// Without memory for a handler a child takes itself for its parent, as it would without this.
const int registered =
    pthread_atfork(nullptr, nullptr, [] { number.fetch_add(1, std::memory_order_relaxed); });

}  // namespace

std::uint32_t process_number() {
  static_cast<void>(registered);
  return number.load(std::memory_order_relaxed);
}

}  // namespace limpid
