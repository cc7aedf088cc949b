#include "engine/network/threads.h"

#include <omp.h>

#include <algorithm>

namespace limpid {

HostThreads::HostThreads(int count)
    : count_(count > 0 ? count : std::max(1, omp_get_num_procs())), previous_(omp_get_max_threads()) {
  omp_set_num_threads(count_);
}

HostThreads::~HostThreads() {
  omp_set_num_threads(previous_);
}

}  // namespace limpid
