#include "engine/network/liveness.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/network/accesses.h"
#include "kernels/core/aligned.h"
#include "kernels/core/group_size.h"

namespace limpid {
namespace {

/// Times of operations that may run side by side: the least, not below `base`, that is later than those of
/// all operations waited for. Objectives add up in the order of their targets, so each waits for the one
/// before.
void set_times(const Plan& plan, std::vector<PlanOp>& ops, int base) {
  std::vector<std::vector<Access>> touched;
  int next_objective = base;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    touched.push_back(accesses(plan, ops[i]));
    const bool objective = has_values(ops[i].op);
    int time = objective ? next_objective : base;
    for (std::size_t j = 0; j < i; ++j) {
      if (ops[j].time < time) continue;
      const bool waits = std::any_of(touched[i].begin(), touched[i].end(), [&](const Access& a) {
        return std::any_of(touched[j].begin(), touched[j].end(),
                           [&](const Access& b) { return conflict(a, b); });
      });
      if (waits) time = ops[j].time + 1;
    }
    ops[i].time = time;
    if (objective) next_objective = time + 1;
  }
  // In order of time, so that running them one by one respects the lifetimes that follow from it.
  std::stable_sort(ops.begin(), ops.end(), [](const PlanOp& a, const PlanOp& b) { return a.time < b.time; });
}

/// What the caller writes before all operations, and reads after them, is live throughout.
void keep(Plan& plan, const Slice& slice, int end) {
  if (slice.groups == 0) return;
  PlanBuffer& buffer = plan.buffers[static_cast<std::size_t>(slice.buffer)];
  buffer.first_use = 0;
  buffer.last_use = end;
}

/// What the caller writes or reads between the passes, as the plan's targets say; `forward_end` is the time of the
/// first operation after the forward pass.
void keep_targets(Plan& plan, int forward_end, int end) {
  for (const PlanTarget& target : plan.targets) {
    keep(plan, target.tangent, end);
    PlanBuffer& value = plan.buffers[static_cast<std::size_t>(target.value.buffer)];
    if (plan.backward.empty()) {
      if (!plan.forward.empty()) value.last_use = end;
    } else if (target.terms.seeds > 0) {
      keep(plan, target.given_gradient, end);
    } else {
      value.last_use = std::max(value.last_use, forward_end - 1);
      PlanBuffer& given = plan.buffers[static_cast<std::size_t>(target.given_gradient.buffer)];
      given.first_use = forward_end;
      given.last_use = std::max(given.last_use, forward_end);
    }
  }
}

}  // namespace

void find_lifetimes(Plan& plan, Concurrency concurrency, bool repeats) {
  int end = 0;
  int forward_end = 0;
  for (auto* ops : {&plan.forward, &plan.backward, &plan.push}) {
    if (concurrency == Concurrency::parallel) {
      set_times(plan, *ops, end);
    } else {
      for (PlanOp& op : *ops) op.time = end++;
    }
    if (!ops->empty()) end = ops->back().time + 1;
    if (ops == &plan.forward) forward_end = end;
    for (const PlanOp& op : *ops) {
      for (const Access& access : accesses(plan, op)) {
        PlanBuffer& buffer = plan.buffers[static_cast<std::size_t>(access.slice.buffer)];
        buffer.first_use = buffer.first_use < 0 ? op.time : std::min(buffer.first_use, op.time);
        buffer.last_use = std::max(buffer.last_use, op.time);
      }
    }
  }
  keep(plan, plan.start.value, end);
  keep(plan, plan.start.gradient, end);
  keep(plan, plan.start.tangent, end);
  keep_targets(plan, forward_end, end);
  for (PlanBuffer& buffer : plan.buffers) {
    if (repeats && buffer.first_use < forward_end && buffer.last_use >= forward_end) buffer.last_use = end;
  }
}

ArenaLayout lay_out(const std::vector<Lifetime>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(buffers[a].first, buffers[a].bytes) > std::pair(buffers[b].first, buffers[b].bytes);
  });

  ArenaLayout layout;
  layout.offsets.assign(buffers.size(), 0);
  std::vector<std::size_t> placed;
  for (const std::size_t i : order) {
    const Lifetime& buffer = buffers[i];
    // Neighbours in time, by offset; the buffer goes into the first gap that holds it.
    std::vector<std::size_t> neighbours;
    for (const std::size_t j : placed) {
      const Lifetime& other = buffers[j];
      if (other.first_use <= buffer.last_use && buffer.first_use <= other.last_use) neighbours.push_back(j);
    }
    std::sort(neighbours.begin(), neighbours.end(),
              [&](std::size_t a, std::size_t b) { return layout.offsets[a] < layout.offsets[b]; });
    std::size_t offset = 0;
    for (const std::size_t j : neighbours) {
      if (offset + buffer.bytes <= layout.offsets[j]) break;
      const std::size_t end = layout.offsets[j] + buffers[j].bytes;
      offset = std::max(offset, (end + kAlignment - 1) / kAlignment * kAlignment);
    }
    layout.offsets[i] = offset;
    layout.bytes = std::max(layout.bytes, offset + buffer.bytes);
    placed.push_back(i);
  }
  return layout;
}

std::size_t bytes_of(const PlanBuffer& buffer, DType dtype) {
  const std::size_t element = buffer.kind == BufferKind::argmax ? 1 : size_of(dtype);
  return static_cast<std::size_t>(buffer.images) * static_cast<std::size_t>(buffer.groups * kGroup) *
         static_cast<std::size_t>(buffer.h) * static_cast<std::size_t>(buffer.w) * element;
}

ArenaLayout lay_out(const Plan& plan, const std::vector<std::size_t>& bytes) {
  std::vector<Lifetime> buffers;
  for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
    const PlanBuffer& buffer = plan.buffers[i];
    // In a plan without a forward pass nothing touches the activations.
    const bool used = buffer.last_use >= 0;
    buffers.push_back({buffer.first_use, buffer.last_use, used ? bytes[i] : 0});
  }
  return lay_out(buffers);
}

}  // namespace limpid
