#include "engine/network/cost.h"

#include <fmt/format.h>

#include <numeric>

#include "engine/network/accesses.h"
#include "engine/network/liveness.h"
#include "kernels/core/group_size.h"

namespace limpid {
namespace {

ArenaLayout arena_of(const Plan& plan, DType dtype) {
  std::vector<std::size_t> bytes;
  for (const PlanBuffer& buffer : plan.buffers) bytes.push_back(bytes_of(buffer, dtype));
  return lay_out(plan, bytes);
}

std::string extent(int h, int w) {
  return fmt::format("{}x{}", h, w);
}

/// "3x3", or with a stride "3x3/2".
std::string taps(const Window& window) {
  return window.stride == 1 ? extent(window.size, window.size)
                            : fmt::format("{0}x{0}/{1}", window.size, window.stride);
}

/// Collects the costs of a plan's operations.
class CostCounter {
 public:
  CostCounter(const Plan& plan, const CostOptions& options)
      : plan_(plan), options_(options), arena_(arena_of(plan, options.dtype)) {
    cost_.arena_bytes = arena_.bytes;
  }

  NetworkCost count() {
    target_ = &cost_.forward;
    for (const PlanOp& op : plan_.forward) count(op);
    target_ = &cost_.backward;
    for (const PlanOp& op : plan_.backward) count(op);
    target_ = &cost_.push;
    for (const PlanOp& op : plan_.push) count(op);
    return std::move(cost_);
  }

  void operator()(const StemFpropOp& op) {
    read("network input", network_input_bytes(plan_, options_));
    convolution(op.conv);
    write(op.y);
  }
  void operator()(const ConvFpropOp& op) {
    read(op.x);
    convolution(op.conv);
    write(op.y);
  }
  void operator()(const ReluFpropOp& op) { map(op.x, op.y); }
  void operator()(const TopKOp& op) { map(op.y, op.y); }
  void operator()(const JumpReluOp& op) { map(op.y, op.y); }
  void operator()(const MaxPoolFpropOp& op) {
    pool_shape(op.x, op.y, op.window);
    read(op.x);
    write(op.y);
    write(whole(op.argmax));
  }
  void operator()(const LrnFpropOp& op) { map(op.x, op.y); }
  void operator()(const LrnPoolFpropOp& op) {
    pool_shape(op.x, op.y, op.window);
    read(op.x);
    write(op.y);
    write(whole(op.argmax));
  }
  void operator()(const AveragePoolFpropOp& op) { map(op.x, op.y); }
  void operator()(const SoftmaxFpropOp& op) { map(op.x, op.y); }
  void operator()(const SeedOp& op) {
    const PlanTarget& target = plan_.targets[static_cast<std::size_t>(op.target)];
    map(target.value, target.gradient);
  }
  void operator()(const CaricatureSeedOp& op) {
    const PlanTarget& target = plan_.targets[static_cast<std::size_t>(op.target)];
    map(target.value, target.gradient);
    read(target.value);
    read(target.gradient);
  }
  /// Three operations as they run: a product over all pairs of channels, the values, and a product back.
  void operator()(const GramSeedOp& op) {
    const PlanTarget& target = plan_.targets[static_cast<std::size_t>(op.target)];
    const double channels = target.value.groups * kGroup;
    const double matrix = channels * channels * plan_.batch * sizeof(float);
    const double flops = 2 * channels * channels * target.h * target.w * plan_.batch;
    const std::string name = now().name;
    const auto shape = fmt::format("{}  {}", target.value.groups * kGroup, extent(target.h, target.w));
    now().shape = shape;
    now().flops = flops;
    read(target.value);
    write("gram matrices", matrix);
    begin(name + " seed");
    now().shape = fmt::format("{0}x{0}", target.value.groups * kGroup);
    read("gram matrices", matrix);
    write("slopes of gram matrices", matrix);
    begin(name + " adjoint");
    now().shape = shape;
    now().flops = flops;
    read(target.value);
    read("slopes of gram matrices", matrix);
    read(target.gradient);
    write(target.gradient);
  }
  void operator()(const StemDgradOp& op) {
    read(op.dy);
    convolution(op.conv);
    write("d network input", network_input_bytes(plan_, options_));
  }
  void operator()(const ConvDgradOp& op) {
    read(op.dy);
    convolution(op.conv);
    if (op.accumulate) read(op.dx);
    write(op.dx);
  }
  void operator()(const MaxPoolBpropOp& op) {
    pool_shape(op.dx, op.dy, op.window);
    read(op.dy);
    if (op.rule == PoolGradient::max) read(whole(op.argmax));
    if (op.rule == PoolGradient::l2) read(op.x);
    if (op.accumulate) read(op.dx);
    write(op.dx);
    if (!masks_by_argmax(op, relus_)) fuse_mask(op.rule == PoolGradient::l2 ? &op.x : nullptr);
  }
  void operator()(const LrnBpropOp& op) {
    read(op.x);
    map(op.dy, op.dx);
    if (op.accumulate) read(op.dx);
    fuse_mask(&op.x);
  }
  void operator()(const LrnPoolBpropOp& op) {
    pool_shape(op.dx, op.dy, op.window);
    read(op.x);
    read(op.dy);
    read(whole(op.argmax));
    if (op.accumulate) read(op.dx);
    write(op.dx);
    fuse_mask(&op.x);
  }
  void operator()(const AveragePoolBpropOp& op) {
    map(op.dy, op.dx);
    if (op.accumulate) read(op.dx);
    fuse_mask();
  }
  void operator()(const SoftmaxBpropOp& op) {
    read(op.y);
    map(op.dy, op.dx);
  }
  void operator()(const ReluBackwardOp&) { mask(); }
  void operator()(const AddGradientOp& op) {
    map(op.dy, op.dx);
    read(op.dx);
  }
  void operator()(const StemPushOp& op) {
    read("tangent of the network input", network_input_bytes(plan_, options_));
    convolution(op.conv);
    write(op.dy);
  }
  void operator()(const ConvPushOp& op) {
    read(op.dx);
    convolution(op.conv);
    write(op.dy);
  }
  void operator()(const ReluPushOp& op) {
    map(op.dx, op.dy);
    read(op.y);
  }
  void operator()(const MaxPoolPushOp& op) {
    pool_shape(op.dx, op.dy, op.window);
    read(op.dx);
    read(whole(op.argmax));
    write(op.dy);
  }
  void operator()(const WindowMeanPushOp& op) {
    pool_shape(op.dx, op.dy, op.window);
    map(op.dx, op.dy);
  }
  void operator()(const LrnPushOp& op) {
    map(op.dx, op.dy);
    read(op.x);
  }
  void operator()(const AveragePoolPushOp& op) { map(op.dx, op.dy); }
  void operator()(const SoftmaxPushOp& op) {
    map(op.dx, op.dy);
    read(op.y);
  }

 private:
  void count(const PlanOp& op) {
    relus_ = op.relus;
    begin(op.name);
    std::visit(*this, op.op);
  }

  void begin(const std::string& name) { target_->push_back({name, {}, 0, Arithmetic::scalar, {}}); }
  OperationCost& now() { return target_->back(); }

  const PlanBuffer& buffer(const Slice& slice) const {
    return plan_.buffers[static_cast<std::size_t>(slice.buffer)];
  }

  Slice whole(int index) const { return {index, 0, plan_.buffers[static_cast<std::size_t>(index)].groups}; }

  void touch(const Slice& slice, bool written) {
    PlanBuffer part = buffer(slice);
    part.groups = slice.groups;
    part.images = plan_.batch;
    now().operands.push_back({part.name, static_cast<double>(bytes_of(part, options_.dtype)), written,
                              arena_.offsets[static_cast<std::size_t>(slice.buffer)], slice});
  }
  void read(const Slice& slice) { touch(slice, false); }
  void write(const Slice& slice) { touch(slice, true); }
  void read(const char* memory, double bytes) { now().operands.push_back({memory, bytes, false, {}, {}}); }
  void write(const char* memory, double bytes) { now().operands.push_back({memory, bytes, true, {}, {}}); }

  void map(const Slice& from, const Slice& to) {
    const PlanBuffer& x = buffer(from);
    const PlanBuffer& y = buffer(to);
    now().shape = fmt::format("{}  {}", from.groups * kGroup, extent(x.h, x.w));
    if (x.h != y.h || x.w != y.w) now().shape += " > " + extent(y.h, y.w);
    read(from);
    write(to);
  }

  /// `x` and `y` are the larger and the smaller map, or their gradients.
  void pool_shape(const Slice& x, const Slice& y, const Window& window) {
    const PlanBuffer& large = buffer(x);
    const PlanBuffer& small = buffer(y);
    now().shape = fmt::format("{}  {}  {}", x.groups * kGroup, taps(window), extent(large.h, large.w));
    if (window.stride != 1) now().shape += " > " + extent(small.h, small.w);
  }

  void convolution(int index) {
    const PlanConv& conv = plan_.convs[static_cast<std::size_t>(index)];
    const ConvShape& shape = conv.shape;
    now().shape =
        fmt::format("{} > {}  {}  {}", shape.c, shape.k, taps(shape.window), extent(shape.h, shape.w));
    if (shape.window.stride != 1) now().shape += " > " + extent(shape.p, shape.q);
    now().flops = 2 * shape.macs() * plan_.batch;
    now().arithmetic = Arithmetic::matrix;
    const double bytes = 1.0 * shape.k * shape.c * shape.window.size * shape.window.size *
                         static_cast<double>(size_of(options_.dtype));
    read("filter", bytes);
    cost_.filter_bytes += bytes;
  }

  /// The operation masks its result as it writes: it reads the ReLUs' outputs too, unless it has them.
  void fuse_mask(const Slice* known = nullptr) {
    for (const ReluPoint& relu : relus_) {
      const Slice& y = relu.output;
      const bool read_already = known != nullptr && known->buffer == y.buffer && known->first <= y.first &&
                                y.first + y.groups <= known->first + known->groups;
      if (!read_already) read(y);
    }
  }

  /// A pass of its own over the gradients.
  void mask() {
    int groups = 0;
    for (const ReluPoint& relu : relus_) {
      groups += relu.gradient.groups;
      read(relu.output);
      read(relu.gradient);
      write(relu.gradient);
    }
    const PlanBuffer& map = buffer(relus_.front().gradient);
    now().shape = fmt::format("{}  {}", groups * kGroup, extent(map.h, map.w));
  }

  const Plan& plan_;
  const CostOptions& options_;
  ArenaLayout arena_;
  NetworkCost cost_;
  std::vector<OperationCost>* target_ = nullptr;
  std::vector<ReluPoint> relus_;  ///< Of the operation in hand.
};

}  // namespace

double OperationCost::bytes() const {
  return std::accumulate(operands.begin(), operands.end(), 0.0,
                         [](double sum, const OperandCost& operand) { return sum + operand.bytes; });
}

Floor OperationCost::floor(const Card& card, Precision precision) const {
  return {flops / card.flops(arithmetic, precision), bytes() / card.bandwidth};
}

NetworkCost network_cost(const Plan& plan, const CostOptions& options) {
  return CostCounter(plan, options).count();
}

double network_input_bytes(const Plan& plan, const CostOptions& options) {
  const double pixels = 1.0 * plan.batch * plan.height * plan.width;
  return options.grouped_input ? pixels * kGroup * static_cast<double>(size_of(options.dtype))
                               : pixels * 3 * sizeof(float);
}

}  // namespace limpid
