#include "engine/step/step_binder.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernels/core/aligned.h"

namespace limpid {
namespace {

/// Numbers of a plan's buffers as `dependencies` knows them, far from those of the network's plan.
constexpr int kFirstNumber = 1 << 20;

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

bool conflict(const StepOp& a, const StepOp& b) {
  return std::any_of(a.uses.begin(), a.uses.end(), [&](const StepUse& x) {
    return std::any_of(b.uses.begin(), b.uses.end(),
                       [&](const StepUse& y) { return x.buffer == y.buffer && (x.write || y.write); });
  });
}

/// Of each operation; no later than `end`, which is one more than the latest.
struct Times {
  std::vector<int> of;
  int end = 0;
};

Times times_of(const std::vector<StepOp>& ops, int base, Concurrency concurrency) {
  Times times{{}, base};
  for (std::size_t i = 0; i < ops.size(); ++i) {
    int time = concurrency == Concurrency::serial ? times.end : base;
    for (std::size_t j = 0; j < i && concurrency == Concurrency::parallel; ++j) {
      if (conflict(ops[i], ops[j])) time = std::max(time, times.of[j] + 1);
    }
    times.of.push_back(time);
    times.end = std::max(times.end, time + 1);
  }
  return times;
}

void extend(std::vector<Lifetime>& lifetimes, const std::vector<StepOp>& ops, const Times& times) {
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (const StepUse& use : ops[i].uses) {
      Lifetime& life = lifetimes[static_cast<std::size_t>(use.buffer)];
      life.first_use = life.first_use < 0 ? times.of[i] : std::min(life.first_use, times.of[i]);
      life.last_use = std::max(life.last_use, times.of[i]);
    }
  }
}

}  // namespace

StepLayout lay_out(const StepPlan& plan, Concurrency concurrency, std::size_t network_bytes) {
  std::vector<Lifetime> lifetimes(plan.buffers.size());
  const Times before = times_of(plan.before, 0, concurrency);
  extend(lifetimes, plan.before, before);
  // The network's operations have the time between.
  extend(lifetimes, plan.after, times_of(plan.after, before.end + 1, concurrency));
  std::vector<Lifetime> scratch;
  std::vector<std::size_t> numbers;
  StepLayout layout;
  layout.offsets.resize(plan.buffers.size());
  for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
    const StepBuffer& buffer = plan.buffers[i];
    if (buffer.memory == StepMemory::kept) {
      layout.offsets[i] = layout.kept_bytes;
      layout.kept_bytes += aligned(buffer.bytes);
    } else if (buffer.memory == StepMemory::scratch && lifetimes[i].first_use >= 0) {
      scratch.push_back({lifetimes[i].first_use, lifetimes[i].last_use, buffer.bytes});
      numbers.push_back(i);
    }
  }
  scratch.push_back({before.end, before.end, network_bytes, true});
  const ArenaLayout arena = lay_out(scratch);
  for (std::size_t i = 0; i < numbers.size(); ++i) layout.offsets[numbers[i]] = arena.offsets[i];
  layout.scratch_bytes = arena.bytes;
  return layout;
}

Concurrency concurrency_of(const Backend& backend) {
  return backend.runs_tasks_in_parallel() ? Concurrency::parallel : Concurrency::serial;
}

StepBinder::StepBinder(Backend& backend, const Stream& stream, const std::vector<Planned>& plans)
    : backend_(backend) {
  std::size_t scratch = 0;
  for (const auto& [plan, network_bytes] : plans) {
    plans_.push_back(plan);
    layouts_.push_back(lay_out(*plan, concurrency_of(backend), network_bytes));
    scratch = std::max(scratch, layouts_.back().scratch_bytes);
    if (layouts_.back().kept_bytes != layouts_.front().kept_bytes) {
      throw std::logic_error("plans of one lane keep different memory");
    }
  }
  kept_ = backend.allocate(layouts_.front().kept_bytes);
  scratch_ = backend.allocate(scratch);
  const StepPlan& first = *plans_.front();
  for (std::size_t i = 0; i < first.buffers.size(); ++i) {
    const StepBuffer& buffer = first.buffers[i];
    if (buffer.memory == StepMemory::transform)
      transforms_.push_back(backend.make_fft_plan(buffer.transform));
    if (!buffer.table) continue;
    const std::vector<float> values = buffer.table();
    backend.upload(stream, find(0, static_cast<int>(i)), values.data(), values.size() * sizeof(float));
  }
}

std::vector<BoundStepOp> StepBinder::bind_before(std::size_t plan, NetworkExecutor* network) const {
  return bind(plan, plans_[plan]->before, network);
}

std::vector<BoundStepOp> StepBinder::bind_before(std::size_t plan, std::size_t count) const {
  return bind(plan, std::span(plans_[plan]->before).first(count), nullptr);
}

std::vector<BoundStepOp> StepBinder::bind_after(std::size_t plan, NetworkExecutor* network) const {
  return bind(plan, plans_[plan]->after, network);
}

std::vector<BoundStepOp> StepBinder::bind(std::size_t plan, std::span<const StepOp> ops,
                                          NetworkExecutor* network) const {
  std::vector<BoundStepOp> bound;
  for (const StepOp& op : ops) {
    const StepOperands operands(backend_, op, network, [&](int buffer) { return find(plan, buffer); });
    BoundStepOp& result = bound.emplace_back(BoundStepOp{op.name, op.bind(operands), {}});
    operands.check_all_used();
    for (const StepUse& use : op.uses) result.uses.push_back(memory_use(plan, use));
  }
  return bound;
}

void* StepBinder::find(std::size_t plan, int buffer) const {
  const StepBuffer& wanted = plans_[plan]->buffer(buffer);
  const std::size_t offset = layouts_[plan].offsets[static_cast<std::size_t>(buffer)];
  switch (wanted.memory) {
    case StepMemory::kept:
      return static_cast<std::byte*>(kept_->data()) + offset;
    case StepMemory::scratch:
      return static_cast<std::byte*>(scratch_->data()) + offset;
    case StepMemory::transform: {
      const auto before =
          std::count_if(plans_[plan]->buffers.begin(), plans_[plan]->buffers.begin() + buffer,
                        [](const StepBuffer& b) { return b.memory == StepMemory::transform; });
      return transforms_[static_cast<std::size_t>(before)].get();
    }
    case StepMemory::network:
      break;
  }
  return nullptr;
}

MemoryUse StepBinder::memory_use(std::size_t plan, const StepUse& use) const {
  const StepBuffer& buffer = plans_[plan]->buffer(use.buffer);
  if (buffer.memory == StepMemory::network) return whole_memory(buffer.network, use.write);
  MemoryUse found{kFirstNumber + use.buffer, 0, 0, 0, 1, use.write};
  if (buffer.memory == StepMemory::scratch) {
    found.begin = layouts_[plan].offsets[static_cast<std::size_t>(use.buffer)];
    found.end = found.begin + buffer.bytes;
  }
  return found;
}

}  // namespace limpid
