// When the buffers of a plan are in use, and where they lie in one arena.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/network/plan.h"
#include "kernels/core/dtype.h"

namespace limpid {

/// Whether operations that do not need each other may run side by side.
enum class Concurrency { serial, parallel };

/// Gives every operation its time and every buffer its first and last use. Serial: times count through
/// forward and backward. Parallel: an operation's time is one more than the latest of those it must wait for,
/// so branches of a module share times, and their buffers do not share memory; the lists are put into the
/// order of time. (On a GPU an operation may still start before one of an earlier time: what waits for what
/// is settled by `dependencies`.) The values of the targets of a forward-only plan stay live to the end, for
/// the caller reads them; those of a target without an objective to the end of the forward pass. With `repeats` all
/// that the backward pass reads of the forward pass stays live to the end.
void find_lifetimes(Plan& plan, Concurrency concurrency, bool repeats = false);

/// Offsets in bytes of buffers that are live in [first, last], such that two buffers share memory only when
/// their lifetimes do not meet.
struct ArenaLayout {
  std::vector<std::size_t> offsets;
  std::size_t bytes = 0;
};

/// Of one buffer: the times of its first and last use, and how large it is.
struct Lifetime {
  int first_use = -1, last_use = -1;
  std::size_t bytes = 0;
  bool first = false;  ///< Placed before all others: at offset 0.
};

/// Places the buffers, largest first, each at the lowest free offset; offsets are multiples of 64.
ArenaLayout lay_out(const std::vector<Lifetime>& buffers);

/// Of the images that have a place in the buffer.
std::size_t bytes_of(const PlanBuffer& buffer, DType dtype);

/// The same of a plan's buffers, of so many bytes each.
ArenaLayout lay_out(const Plan& plan, const std::vector<std::size_t>& bytes);

}  // namespace limpid
