#include "engine/network/liveness.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/network/accesses.h"
#include "kernels/core/aligned.h"

namespace limpid {
namespace {

/// One more than the latest time of the earlier operations that `now` must wait for.
int time_after(const std::vector<Access>& now, const std::vector<std::vector<Access>>& earlier,
               const std::vector<int>& times) {
  int time = 0;
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    if (times[i] < time) continue;
    const bool waits = std::any_of(now.begin(), now.end(), [&](const Access& a) {
      return std::any_of(earlier[i].begin(), earlier[i].end(),
                         [&](const Access& b) { return conflict(a, b); });
    });
    if (waits) time = times[i] + 1;
  }
  return time;
}

}  // namespace

void find_lifetimes(Plan& plan, Concurrency concurrency) {
  std::vector<std::vector<Access>> all;
  std::vector<int> times;
  for (auto* ops : {&plan.forward, &plan.backward}) {
    for (PlanOp& op : *ops) {
      std::vector<Access> mine = accesses(plan, op);
      op.time =
          concurrency == Concurrency::serial ? static_cast<int>(all.size()) : time_after(mine, all, times);
      for (const Access& access : mine) {
        PlanBuffer& buffer = plan.buffers[static_cast<std::size_t>(access.slice.buffer)];
        buffer.first_use = buffer.first_use < 0 ? op.time : std::min(buffer.first_use, op.time);
        buffer.last_use = std::max(buffer.last_use, op.time);
      }
      times.push_back(op.time);
      all.push_back(std::move(mine));
    }
  }
  if (plan.backward.empty() && !times.empty()) {
    const int end = *std::max_element(times.begin(), times.end()) + 1;
    for (const PlanTarget& target : plan.targets) {
      plan.buffers[static_cast<std::size_t>(target.value.buffer)].last_use = end;
    }
  }
}

ArenaLayout lay_out(const Plan& plan, const std::vector<std::size_t>& bytes) {
  const std::size_t count = plan.buffers.size();
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return bytes[a] > bytes[b]; });

  ArenaLayout layout;
  layout.offsets.assign(count, 0);
  std::vector<std::size_t> placed;
  for (const std::size_t i : order) {
    const PlanBuffer& buffer = plan.buffers[i];
    // Neighbours in time, by offset; the buffer goes into the first gap that holds it.
    std::vector<std::size_t> neighbours;
    for (const std::size_t j : placed) {
      const PlanBuffer& other = plan.buffers[j];
      if (other.first_use <= buffer.last_use && buffer.first_use <= other.last_use) neighbours.push_back(j);
    }
    std::sort(neighbours.begin(), neighbours.end(),
              [&](std::size_t a, std::size_t b) { return layout.offsets[a] < layout.offsets[b]; });
    std::size_t offset = 0;
    for (const std::size_t j : neighbours) {
      if (offset + bytes[i] <= layout.offsets[j]) break;
      offset = std::max(offset, (layout.offsets[j] + bytes[j] + kAlignment - 1) / kAlignment * kAlignment);
    }
    layout.offsets[i] = offset;
    layout.bytes = std::max(layout.bytes, offset + bytes[i]);
    placed.push_back(i);
  }
  return layout;
}

}  // namespace limpid
