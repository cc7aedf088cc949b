// What a slot's job has come to, in host memory.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/optimize/lane_memory.h"
#include "engine/optimize/lane_spec.h"

namespace limpid {

/// All that a job has beyond what it was started with: a lane that starts the same job and takes this over goes on
/// with the bytes of the first. Of every picture of the slot, photos included, one after the other.
struct SlotState {
  int steps_done = 0;
  std::vector<float> parameters;  ///< Pictures x planes x values (see ParameterLayout), as are both moments.
  std::vector<float> first_moment, second_moment;
  std::vector<float> rate, momentum;      ///< Of the next update (see ParameterUpdate).
  std::vector<std::int32_t> first_moved;  ///< Likewise.
  std::vector<double> curve;              ///< Columns x steps_done.
};

/// Calls `visit(name, values)` with each part.
template <class State, class Visit>
void for_each_part(State& state, const Visit& visit) {
  visit("parameters", state.parameters);
  visit("first moment", state.first_moment);
  visit("second moment", state.second_moment);
  visit("rate", state.rate);
  visit("momentum", state.momentum);
  visit("first moved", state.first_moved);
  visit("curve", state.curve);
}

/// One with room for a slot after so many updates.
SlotState empty_state(const LaneSpec& spec, const LaneStep& step, int steps_done);

/// Calls `copy(array, first, values)` with each part but the curve and where it lies in the memory of the slot's lane.
template <class State, class Copy>
void for_each_place(const LaneMemory& memory, const LaneSpec& spec, const LaneStep& step, int slot,
                    State& state, const Copy& copy) {
  const auto pictures = static_cast<std::size_t>(spec.pictures());
  const std::size_t picture = static_cast<std::size_t>(slot) * pictures;
  const auto values = static_cast<std::size_t>(step.images->layout().total());
  copy(memory.parameters, picture * values, state.parameters);
  copy(memory.first_moment, picture * values, state.first_moment);
  copy(memory.second_moment, picture * values, state.second_moment);
  copy(memory.rate, picture, state.rate);
  copy(memory.momentum, picture, state.momentum);
  copy(memory.first_moved, picture, state.first_moved);
}

}  // namespace limpid
