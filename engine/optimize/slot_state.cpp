#include "engine/optimize/slot_state.h"

namespace limpid {

SlotState empty_state(const LaneSpec& spec, const LaneStep& step, int steps_done) {
  const auto pictures = static_cast<std::size_t>(spec.pictures());
  const std::size_t values = pictures * static_cast<std::size_t>(step.images->layout().total());
  SlotState state;
  state.steps_done = steps_done;
  for (std::vector<float>* part : {&state.parameters, &state.first_moment, &state.second_moment})
    part->resize(values);
  state.rate.resize(pictures);
  state.momentum.resize(pictures);
  state.first_moved.resize(pictures);
  state.curve.resize(static_cast<std::size_t>(spec.goals.columns) * static_cast<std::size_t>(steps_done));
  return state;
}

}  // namespace limpid
