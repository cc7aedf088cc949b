// The operations of a plan along a tangent: forward-mode differentiation, by the choices of the forward pass.
#include <map>
#include <utility>

#include "engine/network/plan_draft.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// One overload per forward operation; for std::visit.
class PushPass {
 public:
  /// `linear`: see PlanRequest::linear.
  PushPass(Plan& plan, bool linear) : plan_(plan), linear_(linear) {}

  void run() {
    if (plan_.start.value.groups > 0) plan_.start.tangent = tangent(plan_.start.value);
    for (const PlanOp& op : plan_.forward) {
      name_ = op.name.substr(0, op.name.rfind(' ')) + " push";
      std::visit(*this, op.op);
    }
    for (PlanTarget& target : plan_.targets) target.tangent = tangent(target.value);
  }

  void operator()(const StemFpropOp& op) {
    push(StemPushOp{op.conv, tangent(op.y)});
    rectify(op.conv, op.y);
  }
  void operator()(const ConvFpropOp& op) {
    push(ConvPushOp{op.conv, tangent(op.x), tangent(op.y)});
    rectify(op.conv, op.y);
  }
  void operator()(const ReluFpropOp& op) {
    if (linear_) return push(WindowMeanPushOp{tangent(op.x), tangent(op.y), Window{}});
    push(ReluPushOp{op.y, tangent(op.x), tangent(op.y)});
  }
  void operator()(const TopKOp&) {}  // The ReLU's mask is of what was kept.
  void operator()(const JumpReluOp&) {}
  void operator()(const MaxPoolFpropOp& op) {
    if (linear_) return push(WindowMeanPushOp{tangent(op.x), tangent(op.y), op.window});
    push(MaxPoolPushOp{tangent(op.x), tangent(op.y), op.argmax, op.window});
  }
  void operator()(const LrnFpropOp& op) {
    LrnConstants rule = op.rule;
    // At zero the derivative has no part across channels; without alpha neither has that at any other place.
    if (linear_) rule.alpha = 0;
    push(LrnPushOp{linear_ ? tangent(op.x) : op.x, tangent(op.x), tangent(op.y), rule});
  }
  void operator()(const AveragePoolFpropOp& op) { push(AveragePoolPushOp{tangent(op.x), tangent(op.y)}); }
  void operator()(const SoftmaxFpropOp& op) {
    if (linear_) fail_usage("softmax is not linear: take the logits");
    push(SoftmaxPushOp{op.y, tangent(op.x), tangent(op.y)});
  }

  template <class Op>
  void operator()(const Op&) {}  // Not of a forward pass.

 private:
  void push(AnyOp op) { plan_.push.push_back({name_, std::move(op), {}}); }

  /// The ReLU that a convolution has built in.
  void rectify(int conv, const Slice& y) {
    if (linear_ || !plan_.convs[static_cast<std::size_t>(conv)].relu) return;
    name_ += " relu";
    push(ReluPushOp{y, tangent(y), tangent(y)});
  }

  /// The tangent of an activation slice lies at the same groups of a buffer of the same extents.
  Slice tangent(const Slice& slice) {
    const auto [found, is_new] = tangents_.try_emplace(slice.buffer, static_cast<int>(plan_.buffers.size()));
    if (is_new) {
      const PlanBuffer& buffer = plan_.buffers[static_cast<std::size_t>(slice.buffer)];
      plan_.buffers.push_back(
          {"tangent of " + buffer.name, BufferKind::tangent, buffer.groups, buffer.h, buffer.w});
    }
    return {found->second, slice.first, slice.groups};
  }

  Plan& plan_;
  bool linear_;
  std::string name_;             ///< Of the operation in hand.
  std::map<int, int> tangents_;  ///< Activation buffer -> tangent buffer.
};

}  // namespace

void emit_push(Plan& plan, bool linear) {
  PushPass(plan, linear).run();
}

}  // namespace limpid
