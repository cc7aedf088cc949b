#include "engine/network/dependencies.h"

#include <algorithm>

namespace limpid {
namespace {

bool meet(const MemoryUse& a, const MemoryUse& b) {
  if (!a.write && !b.write) return false;
  if (a.buffer == b.buffer) {
    return a.first_group < b.first_group + b.groups && b.first_group < a.first_group + a.groups;
  }
  return a.begin < b.end && b.begin < a.end;
}

bool meet(const std::vector<MemoryUse>& a, const std::vector<MemoryUse>& b) {
  return std::any_of(a.begin(), a.end(), [&](const MemoryUse& x) {
    return std::any_of(b.begin(), b.end(), [&](const MemoryUse& y) { return meet(x, y); });
  });
}

}  // namespace

MemoryUse whole_memory(int resource, bool write) {
  return {resource, 0, 0, 0, 1, write};
}

std::vector<std::vector<int>> dependencies(const std::vector<std::vector<MemoryUse>>& operations) {
  const std::size_t count = operations.size();
  std::vector<std::vector<int>> after(count);
  // Row i: what has run when i starts.
  std::vector<std::vector<bool>> before(count, std::vector<bool>(count));
  for (std::size_t i = 0; i < count; ++i) {
    // The latest first, for an edge to it stands for all that it waits for.
    for (std::size_t j = i; j-- > 0;) {
      if (before[i][j] || !meet(operations[i], operations[j])) continue;
      after[i].push_back(static_cast<int>(j));
      before[i][j] = true;
      for (std::size_t k = 0; k < j; ++k) {
        if (before[j][k]) before[i][k] = true;
      }
    }
    std::reverse(after[i].begin(), after[i].end());
  }
  return after;
}

int longest_chain(const std::vector<std::vector<int>>& after) {
  std::vector<int> length(after.size(), 1);
  int longest = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    for (const int j : after[i]) length[i] = std::max(length[i], length[static_cast<std::size_t>(j)] + 1);
    longest = std::max(longest, length[i]);
  }
  return longest;
}

}  // namespace limpid
