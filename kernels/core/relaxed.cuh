// Values that several threads of a launch write, all of them the same: relaxed atomics make that defined.
#pragma once

#include <cstdint>

namespace limpid::cuda {

__device__ inline std::int32_t load_relaxed(const std::int32_t* p) {
  return __nv_atomic_load_n(const_cast<std::int32_t*>(p), __NV_ATOMIC_RELAXED, __NV_THREAD_SCOPE_DEVICE);
}
__device__ inline void store_relaxed(std::int32_t* p, std::int32_t value) {
  __nv_atomic_store_n(p, value, __NV_ATOMIC_RELAXED, __NV_THREAD_SCOPE_DEVICE);
}

}  // namespace limpid::cuda
