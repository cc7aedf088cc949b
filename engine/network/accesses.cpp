#include "engine/network/accesses.h"

namespace limpid {
namespace {

class Collector {
 public:
  explicit Collector(const Plan& plan) : plan_(plan) {}

  void operator()(const StemFpropOp& op) { write(op.y); }
  void operator()(const ConvFpropOp& op) { map(op.x, op.y); }
  void operator()(const ReluFpropOp& op) { map(op.x, op.y); }
  void operator()(const TopKOp& op) { map(op.y, op.y); }
  void operator()(const JumpReluOp& op) { map(op.y, op.y); }
  void operator()(const MaxPoolFpropOp& op) {
    map(op.x, op.y);
    write(whole(op.argmax));
  }
  void operator()(const LrnFpropOp& op) { map(op.x, op.y); }
  void operator()(const LrnPoolFpropOp& op) {
    map(op.x, op.y);
    write(whole(op.argmax));
  }
  void operator()(const AveragePoolFpropOp& op) { map(op.x, op.y); }
  void operator()(const SoftmaxFpropOp& op) { map(op.x, op.y); }
  void operator()(const SeedOp& op) { target(op.target); }
  void operator()(const CaricatureSeedOp& op) { target(op.target); }
  void operator()(const GramSeedOp& op) { target(op.target); }
  void operator()(const StemDgradOp& op) { read(op.dy); }
  void operator()(const ConvDgradOp& op) { map(op.dy, op.dx); }
  void operator()(const MaxPoolBpropOp& op) {
    map(op.dy, op.dx);
    if (op.rule == PoolGradient::max) read(whole(op.argmax));
    if (op.rule == PoolGradient::l2) read(op.x);
  }
  void operator()(const LrnBpropOp& op) {
    map(op.dy, op.dx);
    read(op.x);
  }
  void operator()(const LrnPoolBpropOp& op) {
    map(op.dy, op.dx);
    read(op.x);
    read(whole(op.argmax));
  }
  void operator()(const AveragePoolBpropOp& op) { map(op.dy, op.dx); }
  void operator()(const SoftmaxBpropOp& op) {
    map(op.dy, op.dx);
    read(op.y);
  }
  void operator()(const ReluBackwardOp&) {}
  void operator()(const AddGradientOp& op) { map(op.dy, op.dx); }
  void operator()(const StemPushOp& op) { write(op.dy); }
  void operator()(const ConvPushOp& op) { map(op.dx, op.dy); }
  void operator()(const ReluPushOp& op) {
    map(op.dx, op.dy);
    read(op.y);
  }
  void operator()(const MaxPoolPushOp& op) {
    map(op.dx, op.dy);
    read(whole(op.argmax));
  }
  void operator()(const WindowMeanPushOp& op) { map(op.dx, op.dy); }
  void operator()(const LrnPushOp& op) {
    map(op.dx, op.dy);
    read(op.x);
  }
  void operator()(const AveragePoolPushOp& op) { map(op.dx, op.dy); }
  void operator()(const SoftmaxPushOp& op) {
    map(op.dx, op.dy);
    read(op.y);
  }

  void relu(const ReluPoint& point) { map(point.output, point.gradient); }

  std::vector<Access> take() { return std::move(found_); }

 private:
  void read(const Slice& slice) { found_.push_back({slice, false}); }
  void write(const Slice& slice) { found_.push_back({slice, true}); }
  void map(const Slice& from, const Slice& to) {
    read(from);
    write(to);
  }
  void target(int index) {
    const PlanTarget& target = plan_.targets[static_cast<std::size_t>(index)];
    map(target.value, target.gradient);
  }
  Slice whole(int buffer) const {
    return {buffer, 0, plan_.buffers[static_cast<std::size_t>(buffer)].groups};
  }

  const Plan& plan_;
  std::vector<Access> found_;
};

}  // namespace

bool has_values(const AnyOp& op) {
  return std::holds_alternative<SeedOp>(op) || std::holds_alternative<CaricatureSeedOp>(op) ||
         std::holds_alternative<GramSeedOp>(op);
}

std::vector<Access> accesses(const Plan& plan, const PlanOp& op) {
  Collector collector(plan);
  std::visit(collector, op.op);
  for (const ReluPoint& point : op.relus) collector.relu(point);
  return collector.take();
}

bool masks_by_argmax(const MaxPoolBpropOp& pool, const std::vector<ReluPoint>& relus) {
  return pool.rule == PoolGradient::max && !pool.accumulate && are_outputs(relus, pool.x);
}

bool are_outputs(const std::vector<ReluPoint>& relus, const Slice& x) {
  if (relus.empty()) return false;
  int groups = 0;
  for (const ReluPoint& relu : relus) groups += relu.output.groups;
  const Slice& first = relus.front().output;
  return first.buffer == x.buffer && first.first == x.first && groups == x.groups;
}

bool conflict(const Access& a, const Access& b) {
  return (a.write || b.write) && a.slice.buffer == b.slice.buffer &&
         a.slice.first < b.slice.first + b.slice.groups && b.slice.first < a.slice.first + a.slice.groups;
}

}  // namespace limpid
