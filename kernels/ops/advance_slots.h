// The end of a step: every slot's clock, curve and state move on.
#pragma once

#include <cstdint>

#include "kernels/core/slot_key.h"
#include "kernels/core/stream.h"
#include "kernels/ops/update_rule.h"

namespace limpid {

/// For every image i, with s = keys[i].step, the number of updates done before the step that ends:
///   curve[i][s] = values[i] where s < curve_steps;
///   failed_step[i] = s + 1 unless it is set already, when values[i] or the gradient was not finite;
///   keys[i].step = s + 1;  redirect[i] = s + 1 < redirected_steps[i];
///   rate[i] = that of the next update;  momentum[i] times NAdam's decay rate of update s + 1, if that is the
///   rule.
/// All of it lies in memory the device reads, so that a step needs nothing from the host.
struct AdvanceSlots {
  SlotKey* keys;
  const double* values;            ///< Objective at the view the step was taken from.
  const std::int32_t* non_finite;  ///< The update's flags: nonzero when a gradient was not finite.
  double* curve;                   ///< images x curve_steps.
  std::int32_t* failed_step;       ///< 0 while all is well, else the number of the first bad step, from 1.
  const std::uint32_t* redirected_steps;  ///< Updates that the redirected ReLU serves.
  std::int32_t* redirect;                 ///< RedirectedRelu's flags for the next step.
  const UpdateRule* rules;
  float* rate;      ///< See ParameterUpdate.
  float* momentum;  ///< See ParameterUpdate.
  int images;
  int curve_steps;
};

namespace cpu {
void advance_slots(const Stream&, const AdvanceSlots&);
}
namespace cuda {
void advance_slots(const Stream&, const AdvanceSlots&);
}

}  // namespace limpid
