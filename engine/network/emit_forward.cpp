// The forward operations of a plan, and its targets.
#include <algorithm>
#include <utility>

#include "engine/network/plan_draft.h"

namespace limpid {
namespace {

bool follows(const Slice& before, const Slice& after) {
  return before.buffer == after.buffer && before.first + before.groups == after.first;
}

class ForwardPass {
 public:
  explicit ForwardPass(PlanDraft& draft) : draft_(draft), network_(draft.network) {}

  void run() {
    for (Unit& unit : draft_.units) {
      const ValueId id = unit.nodes.front();
      unit_ = &unit;
      node_ = id;
      std::visit([&](const auto& node) { emit(node); }, network_.node(id).op);
    }
    for (const TargetRequest& target : draft_.request.targets) add_target(target);
  }

 private:
  void forward(const std::string& name, AnyOp op) {
    draft_.plan.forward.push_back({name + " fprop", std::move(op), {}});
  }

  const std::string& name() const { return network_.node(node_).name; }
  const Slice& y() const { return draft_.slice(node_); }
  ValueId input(ValueId id) const { return network_.node(id).inputs.front(); }
  const Slice& x() const { return draft_.slice(input(node_)); }
  MapSize size(ValueId id) const { return draft_.sizes[static_cast<std::size_t>(id)]; }

  void emit(const PictureNode&) {}
  void emit(const ReluNode&) {}
  void emit(const PassNode&) {}

  void emit(const MaxPoolNode&) {
    const int argmax = draft_.placement.argmax[static_cast<std::size_t>(node_)];
    forward(name(), MaxPoolFpropOp{x(), y(), argmax, draft_.window_of(node_)});
  }
  void emit(const LrnNode& lrn) { forward(name(), LrnFpropOp{x(), y(), constants_of(lrn.rule)}); }
  void emit(const AveragePoolNode&) { forward(name(), AveragePoolFpropOp{x(), y()}); }
  void emit(const SoftmaxNode&) {
    forward(name(), SoftmaxFpropOp{x(), y(), draft_.widths[static_cast<std::size_t>(node_)]});
  }

  // ---- Convolutions -----------------------------------------------------------------------------------------------

  void emit(const ConvNode&) {
    std::vector<ValueId> convs = unit_->nodes;
    std::sort(convs.begin(), convs.end(), [&](ValueId a, ValueId b) { return rank(a) < rank(b); });
    std::size_t i = 0;
    while (i < convs.size()) {
      std::size_t end = i + 1;
      while (end < convs.size() && can_join(convs[end - 1], convs[end])) ++end;
      add_run(
          {convs.begin() + static_cast<std::ptrdiff_t>(i), convs.begin() + static_cast<std::ptrdiff_t>(end)});
      i = end;
    }
    std::erase_if(convs, [&](ValueId conv) { return is_part(conv); });
    rectify(convs);
  }

  int rank(ValueId conv) const { return draft_.placement.rank[static_cast<std::size_t>(conv)]; }

  bool is_part(ValueId conv) const { return draft_.placement.is_part[static_cast<std::size_t>(conv)]; }

  /// Whether a ReLU is built in.
  bool rectifies(ValueId conv) const { return draft_.relu_of(conv) >= 0 && !draft_.wants_linear(conv); }

  bool can_join(ValueId before, ValueId after) const {
    return rectifies(before) == rectifies(after) && follows(draft_.written(before), draft_.written(after));
  }

  /// "mixed4a_3x3_bottleneck+1x1": layers of one concatenation after each other.
  std::string joined(const std::string& names, ValueId next) const {
    const std::string& layer = draft_.layer_name(next);
    if (names.empty()) return layer;
    const std::string prefix = draft_.placement.home[static_cast<std::size_t>(next)] + "_";
    return names + "+" + (layer.starts_with(prefix) ? layer.substr(prefix.size()) : layer);
  }

  void add_run(const std::vector<ValueId>& convs) {
    const ValueId first = convs.front();
    const ValueId from = input(first);
    ConvRun run{
        {}, static_cast<int>(draft_.plan.convs.size()), draft_.slice(from), draft_.written(first), {}};
    run.y.groups = 0;
    std::vector<FilterPart> parts;
    int k = 0;
    for (const ValueId conv : convs) {
      run.name = joined(run.name, conv);
      run.y.groups += draft_.written(conv).groups;
      k += draft_.channels(conv).physical_count();
      parts.push_back({&draft_.model.layer(network_.as<ConvNode>(conv)->layer), draft_.channels(conv)});
      if (rectifies(conv) && !is_part(conv)) run.relus.push_back(draft_.written(conv));
    }
    const MapSize in = size(from);
    const MapSize out = size(first);
    const ChannelMap& inputs = draft_.channels(from);
    const ConvShape shape{inputs.physical_count(), in.h, in.w, k, out.h, out.w, draft_.window_of(first)};
    draft_.plan.convs.push_back({run.name, shape, rectifies(first), std::move(parts), inputs});
    if (from == 0) {
      forward(run.name, StemFpropOp{run.conv, run.y});
    } else {
      forward(run.name, ConvFpropOp{run.conv, run.x, run.y});
    }
    for (const ValueId conv : convs) {
      if (rectifies(conv)) gate(conv);
    }
    unit_->runs.push_back(std::move(run));
  }

  /// What the ReLU behind a convolution keeps of its outputs, where it is not all.
  void gate(ValueId conv) {
    const ValueId relu = draft_.relu_of(conv);
    const Slice& outputs = draft_.slice(relu);
    const ReluNode& node = *network_.as<ReluNode>(relu);
    const std::string& layer = draft_.layer_name(conv);
    if (node.gate == ReluGate::top_k) forward(layer + " top-k", TopKOp{outputs, node.kept});
    if (node.gate == ReluGate::threshold) {
      forward(layer + " threshold", JumpReluOp{outputs, {&draft_.model.layer(layer), draft_.channels(conv)}});
    }
  }

  // ---- ReLUs of their own -----------------------------------------------------------------------------------------

  void emit(const ConcatNode&) {
    std::vector<ValueId> convs;
    for (const ValueId part : network_.node(node_).inputs) {
      const ValueId maker = draft_.maker(part);
      if (network_.as<ConvNode>(maker) != nullptr && draft_.is_computed(maker)) convs.push_back(maker);
    }
    rectify(convs);
  }

  /// The ReLUs of those convolutions whose values on both sides are wanted; neighbours in both buffers as one.
  void rectify(const std::vector<ValueId>& convs) {
    std::vector<Rectification>& made = unit_->rectifications;
    for (const ValueId conv : convs) {
      if (!draft_.wants_both(conv)) continue;
      const Slice& linear = draft_.slice(conv);
      const Slice& rectified = draft_.slice(draft_.relu_of(conv));
      if (made.empty() || !follows(made.back().linear, linear) ||
          !follows(made.back().rectified, rectified)) {
        made.push_back({draft_.layer_name(conv), linear, rectified, {}});
      } else {
        made.back().name = joined(made.back().name, conv);
        made.back().linear.groups += linear.groups;
        made.back().rectified.groups += rectified.groups;
      }
      made.back().relus.push_back(rectified);
    }
    for (const Rectification& r : made) forward(r.name + " relu", ReluFpropOp{r.linear, r.rectified});
    for (const ValueId conv : convs) {
      if (draft_.wants_both(conv)) gate(conv);
    }
  }

  // ---- Targets ----------------------------------------------------------------------------------------------------

  void add_target(const TargetRequest& target) {
    const ValueId id = value_of(draft_, target);
    const bool concat_before = target.pre_relu && network_.as<ConcatNode>(id) != nullptr;
    const MapSize map = size(id);
    draft_.plan.targets.push_back({target.layer,
                                   target.pre_relu,
                                   concat_before ? whole_slice(draft_, id, true) : draft_.slice(id),
                                   {},
                                   concat_before ? whole_channels(draft_, id, true) : draft_.channels(id),
                                   draft_.widths[static_cast<std::size_t>(id)],
                                   map.h,
                                   map.w,
                                   target.terms});
  }

  PlanDraft& draft_;
  const Network& network_;
  Unit* unit_ = nullptr;
  ValueId node_ = 0;  ///< Of the unit, the first.
};

}  // namespace

void emit_forward(PlanDraft& draft) {
  ForwardPass(draft).run();
}

}  // namespace limpid
