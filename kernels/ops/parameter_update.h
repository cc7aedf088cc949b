// One update of what is optimised, each picture by its own rule.
#pragma once

#include <cstdint>

#include "kernels/core/slot_key.h"
#include "kernels/core/stream.h"
#include "kernels/ops/update_rule.h"

namespace limpid {

class OpContract;

/// One update of every parameter towards larger objectives. With g = gradient * gradient_scale and
/// t = key.step + 1:
///   adam    D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1, with
///           the sign of the step turned: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
///           parameter += rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon); with epsilon
///           uncorrected, += rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon).
///   nadam   T. Dozat, "Incorporating Nesterov Momentum into Adam", 2016: the same m and v, and with mu =
///           nadam_momentum and M(t) = mu(1) ... mu(t), parameter += rate (mu(t + 1) m / (1 - M(t + 1)) +
///           (1 - mu(t)) g / (1 - M(t))) / (sqrt(v / (1 - beta2^t)) + epsilon).
///   ascent  parameter += rate f g, f the picture's gradient_factor, 1 where there are none; leaves m and v.
///   momentum  B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964, the
///           heavy ball as torch.optim.SGD has it: m = beta1 m + f g, parameter += rate m; leaves v.
/// Moments of a job that starts are zero. An image's parameters are `planes` planes of `count` values each.
struct ParameterUpdate {
  float* parameters;             ///< images x planes x count.
  float* first_moment;           ///< Like `parameters`.
  float* second_moment;          ///< Like `parameters`.
  const float* gradient;         ///< Like `parameters`.
  const float* gradient_scale;   ///< count factors, the same for every plane; null for none.
  const SlotKey* keys;           ///< One per image: `step` is the number of updates done before this one.
  const UpdateRule* rules;       ///< One per image.
  const float* rate;             ///< One per image: that of this update (see scheduled_rate).
  const float* momentum;         ///< One per image: NAdam's M(t - 1), 1 before the first update.
  const float* gradient_factor;  ///< One per image, of ascent and momentum (see GradientNorm); or null.
  /// One per image: set to 1 when any g, or of adam and nadam any g^2, is infinite or NaN, else left alone.
  std::int32_t* non_finite;
  /// One per image: where it is 0, set to t when any g is not zero: the first update that could move
  /// anything.
  std::int32_t* first_moved;
  int images;
  int planes;
  std::int64_t count;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const ParameterUpdate& op, const OpContract& contract);

namespace cpu {
void parameter_update(const Stream&, const ParameterUpdate&);
}
namespace cuda {
void parameter_update(const Stream&, const ParameterUpdate&);
}

}  // namespace limpid
