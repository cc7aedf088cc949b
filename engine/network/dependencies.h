// What must be done before what: from the memory operations use to the edges of a program.
#pragma once

#include <cstddef>
#include <vector>

namespace limpid {

/// Bytes [begin, end) of a memory, of which an operation touches the channel groups [first_group, first_group
/// + groups) only. Groups of one buffer interleave, so buffers are told apart by number.
struct MemoryUse {
  int buffer = 0;  ///< Unlike numbers may share bytes: the arena gives memory to one buffer after another.
  std::size_t begin = 0, end = 0;
  int first_group = 0, groups = 1;
  bool write = false;
};

/// A piece of memory of its own, such as the batch of parameters. `resource` is the caller's number,
/// negative; such uses meet uses of the same number only.
MemoryUse whole_memory(int resource, bool write);

/// For operations in an order they may run in one by one: of each, the earlier ones it must wait for. Edges
/// that follow from others are left out.
std::vector<std::vector<int>> dependencies(const std::vector<std::vector<MemoryUse>>& operations);

/// Operations on the longest chain of such edges.
int longest_chain(const std::vector<std::vector<int>>& after);

}  // namespace limpid
