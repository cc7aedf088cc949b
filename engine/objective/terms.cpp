#include "engine/objective/terms.h"

#include "kernels/core/error.h"

namespace limpid {

TargetRequest target_of(const Objective& objective) {
  TargetRequest target{objective.layer, objective.pre_relu, {}};
  if (objective.kind != ObjectiveKind::layer) target.channels = {objective.channel};
  return target;
}

SlotTerm term_of(const Objective& objective, const PlanTarget& target) {
  SlotTerm term;
  term.weight = objective.weight;
  term.channels = target.logical_channels;
  if (objective.kind == ObjectiveKind::layer) {
    term.reduction = Reduction::mean_square;
    return term;
  }
  term.channel = target.channels.physical(objective.channel);
  if (term.channel < 0) {
    fail_runtime("{}: channel {} is not part of the plan", objective.layer, objective.channel);
  }
  term.reduction = Reduction::channel_mean;
  if (objective.kind == ObjectiveKind::neuron) {
    const Position at = objective.position.value_or(Position{target.h / 2, target.w / 2});
    if (at.y < 0 || at.y >= target.h || at.x < 0 || at.x >= target.w) {
      fail_usage("position {},{} lies outside {}, which is {}x{} (y,x) at this input size", at.y, at.x,
                 objective.layer, target.h, target.w);
    }
    term.reduction = Reduction::position;
    term.y = at.y;
    term.x = at.x;
  }
  return term;
}

}  // namespace limpid
