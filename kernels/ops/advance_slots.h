// The end of a step: every slot's clock, curves and state move on.
#pragma once

#include <cstdint>

#include "kernels/core/slot_key.h"
#include "kernels/core/stream.h"
#include "kernels/ops/relu_gradient.h"
#include "kernels/ops/update_rule.h"

namespace limpid {

class OpContract;

/// A slot is a job: `pictures` pictures, of which the first `images` are its own and the rest only looked at
/// beside them; the network sees `draws` views of each. For every slot i, with s the number of updates done
/// before the step that ends (keys[i * pictures].step), and v[c] the mean over its images and their views of
/// values[...][c]:
///   curve[i][c][s] = v[c] where s < curve_steps;
///   failed_step[i] = s + 1 unless it is set already, when v[0] or a gradient of its images was not finite;
///   step = s + 1 in the keys of all its pictures;  relu of all its views = relu_rules[i] where s + 1 <
///   relu_steps[i], else plain; rate = that of the next update for all its pictures;  momentum of each times
///   NAdam's decay rate of update s + 1, if that is its rule.
/// All of it lies in memory the device reads, so that a step needs nothing from the host.
struct AdvanceSlots {
  SlotKey* keys;                    ///< slots x pictures.
  const double* values;             ///< slots x pictures x draws x columns, of the views the step took.
  const std::int32_t* non_finite;   ///< slots x pictures: nonzero when a gradient was not finite.
  double* curve;                    ///< slots x columns x curve_steps.
  std::int32_t* failed_step;        ///< 0 while all is well, else the number of the first bad step, from 1.
  const ReluGradient* relu_rules;   ///< One per slot, as the next.
  const std::uint32_t* relu_steps;  ///< Updates that the rule serves.
  ReluGradient* relu;               ///< slots x pictures x draws: RuledRelu's rules for the next step.
  const UpdateRule* rules;          ///< slots x pictures, as the next two.
  float* rate;                      ///< See ParameterUpdate.
  float* momentum;                  ///< See ParameterUpdate.
  int slots;
  int curve_steps;
  int pictures = 1;
  int images = 1;
  int draws = 1;
  int columns = 1;
};

/// v[column] of a slot, from its pictures x draws x columns values.
double slot_value(const double* values, int images, int draws, int columns, int column);

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const AdvanceSlots& op, const OpContract& contract);

namespace cpu {
void advance_slots(const Stream&, const AdvanceSlots&);
}
namespace cuda {
void advance_slots(const Stream&, const AdvanceSlots&);
}

}  // namespace limpid
