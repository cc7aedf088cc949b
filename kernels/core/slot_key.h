// What a random draw of one image is keyed by.
#pragma once

#include <cstdint>

namespace limpid {

/// Identity and age of the job in one slot of a batch. Kernels read an array of these, one per image (in
/// device memory on a GPU), so a slot can change its job without anything being planned or captured again.
struct SlotKey {
  std::uint64_t seed = 0;   ///< The job's seed.
  std::uint32_t image = 0;  ///< The job's number among jobs of one seed; never its place in a batch.
  std::uint32_t step = 0;   ///< Updates done so far.
};

}  // namespace limpid
