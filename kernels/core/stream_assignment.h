// Tasks with dependencies onto streams, so that what may run side by side does.
#pragma once

#include <vector>

namespace limpid {

/// Where a task goes and which tasks of other streams it waits for.
struct AssignedTask {
  int stream = 0;
  std::vector<int> waits;
};

struct StreamAssignment {
  std::vector<AssignedTask> tasks;
  int streams = 1;  ///< Stream 0 holds the first task.
};

/// `after[i]` names the earlier tasks that task i waits for. A task follows one of them on its stream where
/// none has yet, for then it needs no event; otherwise it takes a stream whose last task is done before it
/// anyway, or a new one.
StreamAssignment assign_streams(const std::vector<std::vector<int>>& after);

}  // namespace limpid
