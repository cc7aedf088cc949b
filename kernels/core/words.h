// Memory of whatever type as words, so that it is read and written in the widest accesses a GPU has. Included
// by device code alone.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace limpid {
inline namespace device_form {

// Of a type's own: what is written as words may be read as the type it is, and the other way round.
struct __attribute__((may_alias, aligned(16))) FourWords {
  std::uint32_t x, y, z, w;
};
struct __attribute__((may_alias, aligned(8))) TwoWords {
  std::uint32_t x, y;
};

/// Words [4 i, 4 i + 4) at p, which is 16-byte aligned and which no kernel that runs writes: the read-only cache
/// has them. (nvcc ignores __restrict__ on a struct's fields.)
__device__ __forceinline__ FourWords load_four_words(const void* p, unsigned i) {
  const uint4 v = __ldg(static_cast<const uint4*>(p) + i);
  return {v.x, v.y, v.z, v.w};
}
__device__ __forceinline__ TwoWords load_two_words(const void* p) {
  const uint2 v = __ldg(static_cast<const uint2*>(p));
  return {v.x, v.y};
}

}  // namespace device_form
}  // namespace limpid
