#include "engine/network/threads.h"

#include <sched.h>

#include <algorithm>

namespace limpid {
namespace {

/// Cores the process may run on, which a container or taskset can make fewer than the machine has.
int usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace

HostThreads::HostThreads(int count) : team_(count > 0 ? count : usable_cores()) {}

}  // namespace limpid
