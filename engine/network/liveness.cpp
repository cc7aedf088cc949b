#include "engine/network/liveness.h"

#include <algorithm>
#include <numeric>

#include "kernels/core/aligned.h"

namespace limpid {
namespace {

/// Calls visit(buffer) for every buffer an operation reads or writes.
template <class Visit>
struct BufferVisitor {
  const Plan& plan;
  Visit visit;

  void operator()(const StemFpropOp& op) const { visit(op.y.buffer); }
  void operator()(const ConvFpropOp& op) const { both(op.x, op.y); }
  void operator()(const MaxPoolFpropOp& op) const {
    both(op.x, op.y);
    visit(op.argmax);
  }
  void operator()(const LrnFpropOp& op) const { both(op.x, op.y); }
  void operator()(const AveragePoolFpropOp& op) const { both(op.x, op.y); }
  void operator()(const SoftmaxFpropOp& op) const { both(op.x, op.y); }
  void operator()(const SeedOp& op) const {
    const PlanTarget& target = plan.targets[static_cast<std::size_t>(op.target)];
    both(target.value, target.gradient);
  }
  void operator()(const StemDgradOp& op) const { visit(op.dy.buffer); }
  void operator()(const ConvDgradOp& op) const { both(op.dy, op.dx); }
  void operator()(const MaxPoolBpropOp& op) const {
    both(op.dy, op.dx);
    visit(op.argmax);
  }
  void operator()(const LrnBpropOp& op) const {
    both(op.dy, op.dx);
    visit(op.x.buffer);
  }
  void operator()(const AveragePoolBpropOp& op) const { both(op.dy, op.dx); }
  void operator()(const SoftmaxBpropOp& op) const {
    both(op.dy, op.dx);
    visit(op.y.buffer);
  }
  void operator()(const ReluBackwardOp&) const {}

 private:
  void both(const Slice& a, const Slice& b) const {
    visit(a.buffer);
    visit(b.buffer);
  }
};

template <class Visit>
BufferVisitor(const Plan&, Visit) -> BufferVisitor<Visit>;

}  // namespace

void find_lifetimes(Plan& plan) {
  int now = 0;
  const auto touch = [&](int buffer) {
    PlanBuffer& b = plan.buffers[static_cast<std::size_t>(buffer)];
    if (b.first_use < 0) b.first_use = now;
    b.last_use = now;
  };
  for (const auto* ops : {&plan.forward, &plan.backward}) {
    for (const PlanOp& op : *ops) {
      std::visit(BufferVisitor{plan, touch}, op.op);
      for (const ReluPoint& relu : op.relus) {
        touch(relu.gradient.buffer);
        touch(relu.output.buffer);
      }
      ++now;
    }
  }
  if (plan.backward.empty()) {
    for (const PlanTarget& target : plan.targets) touch(target.value.buffer);
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
