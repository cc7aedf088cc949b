#include "tests/engine/plan_text.h"

#include <fmt/format.h>

#include <variant>

#include "weights/inception_v1.h"

namespace limpid::test {
namespace {

std::string text(const Slice& slice) {
  return fmt::format("{}[{}+{}]", slice.buffer, slice.first, slice.groups);
}

std::string text(const Window& w) {
  return fmt::format("{}/{}-{},{}", w.size, w.stride, w.before_h, w.before_w);
}

/// Logical channels in memory order, runs of neighbours as their ends.
std::string text(const ChannelMap& map) {
  std::string result;
  for (int i = 0; i < map.physical_count();) {
    int end = i + 1;
    while (end < map.physical_count() && map.logical(i) >= 0 && map.logical(end) == map.logical(end - 1) + 1)
      ++end;
    result += fmt::format(" {}-{}", map.logical(i), map.logical(end - 1));
    i = end;
  }
  return result;
}

/// The operands of an operation; for std::visit.
struct Operands {
  const Model& model;

  std::string operator()(const StemFpropOp& op) const {
    return fmt::format("stem {} > {}", op.conv, text(op.y));
  }
  std::string operator()(const ConvFpropOp& op) const {
    return fmt::format("conv {}: {} > {}", op.conv, text(op.x), text(op.y));
  }
  std::string operator()(const ReluFpropOp& op) const { return map("relu", op.x, op.y); }
  std::string operator()(const TopKOp& op) const { return fmt::format("top {} of {}", op.kept, text(op.y)); }
  std::string operator()(const JumpReluOp& op) const {
    return fmt::format("thresholds of {} on {}", op.channels.layer->name, text(op.y));
  }
  std::string operator()(const MaxPoolFpropOp& op) const {
    return fmt::format("{} {} argmax {}", map("max", op.x, op.y), text(op.window), op.argmax);
  }
  std::string operator()(const LrnFpropOp& op) const { return map("lrn", op.x, op.y); }
  std::string operator()(const LrnPoolFpropOp& op) const {
    return fmt::format("{} argmax {}", map("lrn pool", op.x, op.y), op.argmax);
  }
  std::string operator()(const AveragePoolFpropOp& op) const { return map("average", op.x, op.y); }
  std::string operator()(const SoftmaxFpropOp& op) const { return map("softmax", op.x, op.y); }
  std::string operator()(const SeedOp& op) const { return fmt::format("seed {}", op.target); }
  std::string operator()(const CaricatureSeedOp& op) const { return fmt::format("caricature {}", op.target); }
  std::string operator()(const GramSeedOp& op) const { return fmt::format("gram {}", op.target); }
  std::string operator()(const StemDgradOp& op) const {
    return fmt::format("stem dgrad {} < {}", op.conv, text(op.dy));
  }
  std::string operator()(const ConvDgradOp& op) const {
    return fmt::format("conv {}: {}", op.conv, map("dgrad", op.dy, op.dx)) + sum(op.accumulate);
  }
  std::string operator()(const MaxPoolBpropOp& op) const {
    return fmt::format("{} x {} argmax {} rule {} {}{}", map("max bprop", op.dy, op.dx), text(op.x),
                       op.argmax, static_cast<int>(op.rule), text(op.window), sum(op.accumulate));
  }
  std::string operator()(const LrnBpropOp& op) const {
    return fmt::format("{} x {}{}", map("lrn bprop", op.dy, op.dx), text(op.x), sum(op.accumulate));
  }
  std::string operator()(const LrnPoolBpropOp& op) const {
    return fmt::format("{} x {} argmax {}{}", map("lrn pool bprop", op.dy, op.dx), text(op.x), op.argmax,
                       sum(op.accumulate));
  }
  std::string operator()(const AveragePoolBpropOp& op) const {
    return map("average bprop", op.dy, op.dx) + sum(op.accumulate);
  }
  std::string operator()(const SoftmaxBpropOp& op) const {
    return fmt::format("{} y {}", map("softmax bprop", op.dy, op.dx), text(op.y));
  }
  std::string operator()(const ReluBackwardOp&) const { return "mask"; }
  std::string operator()(const AddGradientOp& op) const { return map("add", op.dy, op.dx); }
  std::string operator()(const StemPushOp& op) const {
    return fmt::format("stem push {} > {}", op.conv, text(op.dy));
  }
  std::string operator()(const ConvPushOp& op) const {
    return fmt::format("conv {}: {}", op.conv, map("push", op.dx, op.dy));
  }
  std::string operator()(const ReluPushOp& op) const {
    return fmt::format("{} by {}", map("relu push", op.dx, op.dy), text(op.y));
  }
  std::string operator()(const MaxPoolPushOp& op) const {
    return fmt::format("{} {} argmax {}", map("max push", op.dx, op.dy), text(op.window), op.argmax);
  }
  std::string operator()(const WindowMeanPushOp& op) const {
    return fmt::format("{} {}", map("mean push", op.dx, op.dy), text(op.window));
  }
  std::string operator()(const LrnPushOp& op) const {
    return fmt::format("{} x {}", map("lrn push", op.dx, op.dy), text(op.x));
  }
  std::string operator()(const AveragePoolPushOp& op) const { return map("average push", op.dx, op.dy); }
  std::string operator()(const SoftmaxPushOp& op) const {
    return fmt::format("{} y {}", map("softmax push", op.dx, op.dy), text(op.y));
  }

  static std::string map(const char* name, const Slice& from, const Slice& to) {
    return fmt::format("{} {} > {}", name, text(from), text(to));
  }
  static std::string sum(bool accumulate) { return accumulate ? " adding" : ""; }
};

void append(const Model& model, const std::vector<PlanOp>& ops, std::string& result) {
  for (const PlanOp& op : ops) {
    result += fmt::format("op {} at {}: {}", op.name, op.time, std::visit(Operands{model}, op.op));
    for (const ReluPoint& relu : op.relus) {
      result += fmt::format(" relu {} by {}", text(relu.gradient), text(relu.output));
    }
    result += "\n";
  }
}

}  // namespace

std::string plan_text(const Model& model, const Plan& plan) {
  std::string result = fmt::format("plan {} x {}x{}, {} columns, lrn {} {} {} {} {}\n", plan.batch,
                                   plan.height, plan.width, plan.columns, rules_of(model.network).lrn.present,
                                   rules_of(model.network).lrn.radius, rules_of(model.network).lrn.alpha,
                                   rules_of(model.network).lrn.beta, rules_of(model.network).lrn.bias);
  for (const PlanBuffer& b : plan.buffers) {
    result += fmt::format("buffer {} kind {} {}x{}x{} {}..{}\n", b.name, static_cast<int>(b.kind), b.groups,
                          b.h, b.w, b.first_use, b.last_use);
  }
  for (const PlanConv& conv : plan.convs) {
    const ConvShape& s = conv.shape;
    result += fmt::format("conv {} {}x{}x{} > {}x{}x{} {} relu {} in{}\n", conv.name, s.c, s.h, s.w, s.k, s.p,
                          s.q, text(s.window), conv.relu, text(conv.inputs));
    for (const FilterPart& part : conv.parts) {
      result += fmt::format("  part {} out{}\n", part.layer->name, text(part.outputs));
    }
  }
  append(model, plan.forward, result);
  result += "back\n";
  append(model, plan.backward, result);
  for (const PlanTarget& t : plan.targets) {
    result += fmt::format("target {}{} {} d {} {}x{} of {}, terms {} {} {} {}, in{}\n", t.layer,
                          t.pre_relu ? ":pre" : "", text(t.value), text(t.gradient), t.h, t.w,
                          t.logical_channels, t.terms.seeds, t.terms.caricatures, t.terms.grams,
                          t.terms.vector_positions, text(t.channels));
  }
  return result;
}

}  // namespace limpid::test
