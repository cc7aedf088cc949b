#include "engine/grid/job_queue.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace limpid {

FetchAdd local_counter() {
  return [counter = std::make_shared<std::atomic<std::int64_t>>(0)](std::int64_t amount) {
    return counter->fetch_add(amount);
  };
}

JobQueue::JobQueue(const std::vector<RenderOptions>& jobs, std::vector<std::int64_t> order,
                   std::set<std::int64_t> finished, FetchAdd take, int processes)
    : jobs_(jobs),
      order_(std::move(order)),
      finished_(std::move(finished)),
      take_(std::move(take)),
      processes_(processes) {}

std::int64_t JobQueue::chunk() const {
  if (processes_ == 1) return 1;
  // Half of an even share of what is left: guided self-scheduling, with a factor of two for jobs that differ
  // in length.
  const std::int64_t left = size() - take_(0);
  return std::max<std::int64_t>(1, left / (2 * processes_));
}

std::optional<std::int64_t> JobQueue::take_one() {
  if (next_ == end_ && end_ < size()) {
    const std::int64_t length = chunk();
    next_ = std::min(take_(length), size());
    end_ = std::min(next_ + length, size());
  }
  if (next_ == end_) return std::nullopt;
  return order_[static_cast<std::size_t>(next_++)];
}

std::optional<Job> JobQueue::next() {
  const std::lock_guard lock(mutex_);
  while (!closed_) {
    const std::optional<std::int64_t> id = take_one();
    if (!id) break;
    if (!finished_.contains(*id)) return Job{*id, jobs_[static_cast<std::size_t>(*id)]};
  }
  return std::nullopt;
}

void JobQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

}  // namespace limpid
