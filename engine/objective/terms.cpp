#include "engine/objective/terms.h"

#include "kernels/core/error.h"

namespace limpid {

TargetRequest target_of(const ObjectiveTerm& term) {
  TargetRequest target{term.layer, term.pre_relu, {}};
  if (term.kind == TermKind::channel || term.kind == TermKind::neuron) target.channels = {term.channel};
  return target;
}

SlotTerm term_of(const ObjectiveTerm& term, const PlanTarget& target) {
  SlotTerm bound;
  bound.weight = term.weight;
  bound.channels = target.logical_channels;
  if (term.kind == TermKind::layer) {
    bound.reduction = Reduction::mean_square;
    return bound;
  }
  bound.channel = target.channels.physical(term.channel);
  if (bound.channel < 0) {
    fail_runtime("{}: channel {} is not part of the plan", term.layer, term.channel);
  }
  bound.reduction = Reduction::channel_mean;
  if (term.kind == TermKind::neuron) {
    const Position at = term.position.value_or(Position{target.h / 2, target.w / 2});
    if (at.y < 0 || at.y >= target.h || at.x < 0 || at.x >= target.w) {
      fail_usage("position {},{} lies outside {}, which is {}x{} (y,x) at this input size", at.y, at.x,
                 term.layer, target.h, target.w);
    }
    bound.reduction = Reduction::position;
    bound.y = at.y;
    bound.x = at.x;
  }
  return bound;
}

}  // namespace limpid
