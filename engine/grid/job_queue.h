// The queue that all devices, and all processes, of a grid draw their jobs from.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "engine/optimize/scheduler.h"

namespace limpid {

/// Adds to a number that all workers share and returns what it was before.
using FetchAdd = std::function<std::int64_t(std::int64_t)>;

/// A FetchAdd on a counter of this process.
FetchAdd local_counter();

/// Hands out jobs in order, but for those that are finished. Processes that share the queue hold the same
/// order and one counter of the places that are taken; each takes some at a time, fewer and fewer towards the
/// end, so that neighbours in the queue mostly share a worker's plan and yet all workers end together. What
/// each process takes for finished may differ: a file system may show a file late, and then a job is made
/// twice.
class JobQueue : public JobSource {
 public:
  /// `jobs` outlives the queue; `order` are the indices to hand out. `processes` draw on the counter behind
  /// `take`.
  JobQueue(const std::vector<RenderOptions>& jobs, std::vector<std::int64_t> order,
           std::set<std::int64_t> finished = {}, FetchAdd take = local_counter(), int processes = 1);

  std::optional<Job> next() override;

  /// Hands out no more, here; other processes go on.
  void close();

 private:
  std::int64_t size() const { return static_cast<std::int64_t>(order_.size()); }
  std::int64_t chunk() const;
  std::optional<std::int64_t> take_one();

  const std::vector<RenderOptions>& jobs_;
  std::vector<std::int64_t> order_;
  std::set<std::int64_t> finished_;
  FetchAdd take_;
  int processes_;
  std::mutex mutex_;
  std::int64_t next_ = 0;  ///< [next_, end_) of the order is taken by this process, but not handed out.
  std::int64_t end_ = 0;
  bool closed_ = false;
};

}  // namespace limpid
