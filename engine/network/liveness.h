// When the buffers of a plan are in use, and where they lie in one arena.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/network/plan.h"

namespace limpid {

/// Fills first_use and last_use of every buffer. Operations count through forward and backward; the values of
/// the targets of a forward-only plan stay live to the end, for the caller reads them.
void find_lifetimes(Plan& plan);

/// Offsets in bytes of buffers that are live in [first, last], such that two buffers share memory only when
/// their lifetimes do not meet.
struct ArenaLayout {
  std::vector<std::size_t> offsets;
  std::size_t bytes = 0;
};

/// Places the buffers, largest first, each at the lowest free offset. `bytes` gives the size of each; offsets
/// are multiples of 64.
ArenaLayout lay_out(const Plan& plan, const std::vector<std::size_t>& bytes);

}  // namespace limpid
