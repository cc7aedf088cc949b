#include "kernels/core/stream_assignment.h"

#include <algorithm>

namespace limpid {

StreamAssignment assign_streams(const std::vector<std::vector<int>>& after) {
  const std::size_t count = after.size();
  StreamAssignment result;
  result.tasks.resize(count);
  // Row i: what is done when i starts.
  std::vector<std::vector<bool>> before(count, std::vector<bool>(count));
  std::vector<std::size_t> last;  // Of each stream, its last task.

  for (std::size_t i = 0; i < count; ++i) {
    for (const int parent : after[i]) {
      const auto j = static_cast<std::size_t>(parent);
      before[i][j] = true;
      for (std::size_t k = 0; k < j; ++k) {
        if (before[j][k]) before[i][k] = true;
      }
    }
    const auto is_parent = [&](std::size_t task) {
      return std::find(after[i].begin(), after[i].end(), static_cast<int>(task)) != after[i].end();
    };
    auto stream = std::find_if(last.begin(), last.end(), is_parent);
    if (stream == last.end()) {
      stream = std::find_if(last.begin(), last.end(), [&](std::size_t task) { return before[i][task]; });
    }
    if (stream == last.end()) stream = last.insert(last.end(), i);
    const auto chosen = static_cast<int>(stream - last.begin());
    *stream = i;

    result.tasks[i].stream = chosen;
    for (const int parent : after[i]) {
      if (result.tasks[static_cast<std::size_t>(parent)].stream != chosen) {
        result.tasks[i].waits.push_back(parent);
      }
    }
  }
  result.streams = std::max<int>(1, static_cast<int>(last.size()));
  return result;
}

}  // namespace limpid
