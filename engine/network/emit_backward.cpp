// The backward operations of a plan: from the objectives on its targets to the gradient of what it begins with.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/network/plan_draft.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

bool contains(const Slice& whole, const Slice& part) {
  return whole.buffer == part.buffer && whole.first <= part.first &&
         part.first + part.groups <= whole.first + whole.groups;
}

class BackwardPass {
 public:
  explicit BackwardPass(PlanDraft& draft) : draft_(draft), network_(draft.network), plan_(draft.plan) {
    for (const Unit& unit : draft.units) {
      const ValueId input = network_.node(unit.nodes.front()).inputs.front();
      if (network_.as<ConcatNode>(unit.nodes.front()) == nullptr && input != 0)
        read_.push_back(draft.slice(input));
    }
  }

  void run() {
    add_objectives();
    for (std::size_t i = draft_.units.size(); i-- > 0;) {
      unit_ = &draft_.units[i];
      node_ = unit_->nodes.front();
      std::visit([&](const auto& node) { emit(node); }, network_.node(node_).op);
    }
    if (draft_.start != 0) plan_.start.gradient = gradient(plan_.start.value);
  }

 private:
  /// See PlanRequest::linear.
  bool linear() const { return draft_.request.linear; }

  void backward(std::string name, AnyOp op) {
    plan_.backward.push_back({std::move(name), std::move(op), {}});
  }

  // ---- Gradients --------------------------------------------------------------------------------------------------

  /// The gradient of an activation slice lies at the same groups of a buffer of the same extents.
  Slice gradient(const Slice& slice) {
    const auto [found, is_new] = gradients_.try_emplace(slice.buffer, -1);
    if (is_new) {
      const PlanBuffer buffer = plan_.buffers[static_cast<std::size_t>(slice.buffer)];
      found->second =
          draft_.add_buffer("d " + buffer.name, BufferKind::gradient, buffer.groups, {buffer.h, buffer.w});
      written_[found->second].assign(static_cast<std::size_t>(buffer.groups), false);
    }
    return {found->second, slice.first, slice.groups};
  }

  /// Notes a contribution to a gradient; true when it must be added to what is there already.
  bool accumulates(const Slice& dx) {
    auto& written = written_[dx.buffer];
    const auto begin = written.begin() + dx.first;
    const auto count = std::count(begin, begin + dx.groups, true);
    if (count != 0 && count != dx.groups) fail_runtime("plan: a gradient slice is written in parts");
    std::fill(begin, begin + dx.groups, true);
    return count != 0;
  }

  /// The gradient of these ReLU outputs is complete: masks it, in the operation that wrote it last if that can.
  void finish_gradient(const std::string& name, const std::vector<Slice>& relus) {
    if (relus.empty() || linear()) return;
    std::vector<ReluPoint> points;
    int groups = 0;
    for (const Slice& output : relus) {
      points.push_back({gradient(output), output});
      groups += output.groups;
    }
    const Slice whole{points.front().gradient.buffer, points.front().gradient.first, groups};
    if (plan_.backward.empty() || !masks_as_it_writes(plan_.backward.back().op, whole)) {
      backward(name + " relu", ReluBackwardOp{});
    }
    plan_.backward.back().relus = std::move(points);
  }

  static bool masks_as_it_writes(const AnyOp& op, const Slice& dx) {
    const auto same = [&](const Slice& s) {
      return s.buffer == dx.buffer && s.first == dx.first && s.groups == dx.groups;
    };
    if (const auto* pool = std::get_if<MaxPoolBpropOp>(&op)) return same(pool->dx);
    if (const auto* lrn = std::get_if<LrnBpropOp>(&op)) return same(lrn->dx);
    if (const auto* average = std::get_if<AveragePoolBpropOp>(&op)) return same(average->dx);
    return false;
  }

  /// Adds the gradient `dy` to `dx`, which holds something already.
  void add_gradient(const std::string& name, const Slice& dy, const Slice& dx) {
    if (!accumulates(dx)) fail_runtime("plan: '{}' has nothing to add to", name);
    backward(name, AddGradientOp{dy, dx});
  }

  /// Adds the gradient of ReLUs' outputs, complete and masked, to that of their inputs.
  void pass_back(const Rectification& r) {
    add_gradient(r.name + " relu bprop", gradient(r.rectified), gradient(r.linear));
  }

  // ---- Operations -------------------------------------------------------------------------------------------------

  const std::string& name() const { return network_.node(node_).name; }
  const Slice& y() const { return draft_.slice(node_); }
  const Slice& x() const { return draft_.slice(network_.node(node_).inputs.front()); }

  void emit(const PictureNode&) {}
  void emit(const ReluNode&) {}
  void emit(const PassNode&) {}

  void emit(const ConvNode&) {
    const auto& relus = unit_->rectifications;
    std::for_each(relus.rbegin(), relus.rend(), [&](const Rectification& r) {
      finish_gradient(r.name, r.relus);
      pass_back(r);
    });
    std::for_each(unit_->runs.rbegin(), unit_->runs.rend(), [&](const ConvRun& run) {
      finish_gradient(run.name, run.relus);
      if (run.x.buffer < 0) {
        backward(run.name + " dgrad", StemDgradOp{run.conv, gradient(run.y)});
        return;
      }
      const Slice dx = gradient(run.x);
      const Slice dy = gradient(run.y);
      backward(run.name + " dgrad", ConvDgradOp{run.conv, dy, dx, accumulates(dx)});
    });
  }

  void emit(const MaxPoolNode&) {
    const Slice dx = gradient(x());
    const Slice dy = gradient(y());
    const int argmax = draft_.placement.argmax[static_cast<std::size_t>(node_)];
    const PoolGradient rule = linear() ? PoolGradient::average : draft_.request.pool_gradient;
    backward(name() + " bprop",
             MaxPoolBpropOp{x(), dy, dx, argmax, rule, draft_.window_of(node_), accumulates(dx)});
  }

  void emit(const LrnNode& lrn) {
    const Slice dx = gradient(x());
    const Slice dy = gradient(y());
    LrnConstants rule = constants_of(lrn.rule);
    // At zero the derivative has no part across channels; without alpha neither has that at any other place.
    if (linear()) rule.alpha = 0;
    backward(name() + " bprop", LrnBpropOp{linear() ? dy : x(), dy, dx, rule, accumulates(dx)});
  }

  void emit(const AveragePoolNode&) {
    const Slice dx = gradient(x());
    const Slice dy = gradient(y());
    backward(name() + " bprop", AveragePoolBpropOp{dy, dx, accumulates(dx)});
  }

  void emit(const SoftmaxNode&) {
    if (linear()) fail_usage("{} is not linear: take the logits", name());
    const Slice dx = gradient(x());
    const Slice dy = gradient(y());
    if (accumulates(dx)) fail_usage("{} and the layer it reads cannot both be targets", name());
    backward(name() + " bprop", SoftmaxBpropOp{y(), dy, dx});
  }

  /// All that reads the parts has added its share; the parts' own operations come next.
  void emit(const ConcatNode&) {
    std::vector<Slice> relus;
    for (const ValueId part : network_.node(node_).inputs) {
      if (network_.as<ReluNode>(part) != nullptr && draft_.slice(part).groups > 0 && part != draft_.start) {
        relus.push_back(draft_.slice(part));
      }
    }
    add_to(y());
    finish_gradient(name(), relus);
    for (const Rectification& r : unit_->rectifications) pass_back(r);
  }

  // ---- Objectives -------------------------------------------------------------------------------------------------

  /// Whether the objective on target `i` cannot write where the gradient of its values is: they are among
  /// another target's or those that an operation reads, and either writes its whole gradient; or they are another
  /// target's too, and that comes first.
  bool shares_values(std::size_t i) const {
    const Slice& own = plan_.targets[i].value;
    for (std::size_t j = 0; j < plan_.targets.size(); ++j) {
      const Slice& other = plan_.targets[j].value;
      if (i != j && contains(other, own) && (j < i || !contains(own, other))) return true;
    }
    return std::any_of(read_.begin(), read_.end(),
                       [&](const Slice& read) { return contains(read, own) && !contains(own, read); });
  }

  /// Adds the gradients of objectives on parts of `map` that are not there yet.
  void add_to(const Slice& map) {
    for (std::size_t i = 0; i < plan_.targets.size(); ++i) {
      const PlanTarget& target = plan_.targets[i];
      if (!apart_.contains(i) || !contains(map, target.value)) continue;
      add_gradient(target_name(target) + " objective sum", target.gradient, gradient(target.value));
      apart_.erase(i);
    }
  }

  /// Name of a target among the operations.
  std::string target_name(const PlanTarget& target) const {
    const auto after = [&](const PlanTarget& t) { return t.layer == target.layer && !t.pre_relu; };
    const bool both = target.pre_relu && std::any_of(plan_.targets.begin(), plan_.targets.end(), after);
    return target.layer + (both ? ":pre" : "");
  }

  void add_objectives() {
    for (std::size_t i = 0; i < plan_.targets.size(); ++i) {
      PlanTarget& target = plan_.targets[i];
      const std::string name = target_name(target);
      const auto same = [&](const PlanTarget& t) {
        return t.layer == target.layer && t.pre_relu == target.pre_relu;
      };
      if (std::count_if(plan_.targets.begin(), plan_.targets.end(), same) > 1) {
        fail_usage("{} is a target twice", target.layer);
      }
      if (shares_values(i)) {
        apart_.insert(i);
        const int buffer = draft_.add_buffer("d " + name + " objective", BufferKind::gradient,
                                             target.value.groups, {target.h, target.w});
        target.gradient = {buffer, 0, target.value.groups};
      } else {
        target.gradient = gradient(target.value);
        if (accumulates(target.gradient)) fail_runtime("plan: {} meets another target", name);
      }
      if (draft_.request.targets[i].given_gradient && target.terms.seeds == 0) {
        target.given_gradient = target.gradient;
        continue;
      }
      const int index = static_cast<int>(i);
      backward(name + " objective", SeedOp{index});
      if (target.terms.caricatures > 0) backward(name + " caricature", CaricatureSeedOp{index});
      if (target.terms.grams > 0) backward(name + " gram matrices", GramSeedOp{index});
      if (draft_.request.targets[i].given_gradient) add_given(target, name);
    }
    // Before the ReLUs that other operations mask as they write.
    for (std::size_t i = 0; i < plan_.targets.size(); ++i) {
      if (!shares_values(i)) add_to(plan_.targets[i].value);
    }
  }

  void add_given(PlanTarget& target, const std::string& name) {
    const int groups = target.value.groups;
    const int buffer =
        draft_.add_buffer("given d " + name, BufferKind::gradient, groups, {target.h, target.w});
    target.given_gradient = {buffer, 0, groups};
    backward(name + " given gradient", AddGradientOp{target.given_gradient, target.gradient});
  }

  PlanDraft& draft_;
  const Network& network_;
  Plan& plan_;
  const Unit* unit_ = nullptr;
  ValueId node_ = 0;
  std::vector<Slice> read_;                   ///< What operations read.
  std::set<std::size_t> apart_;               ///< Targets whose gradient is still to be added to another.
  std::map<int, int> gradients_;              ///< Activation buffer -> gradient buffer.
  std::map<int, std::vector<bool>> written_;  ///< Gradient buffer -> which groups hold something.
};

}  // namespace

void emit_backward(PlanDraft& draft) {
  BackwardPass(draft).run();
}

}  // namespace limpid
