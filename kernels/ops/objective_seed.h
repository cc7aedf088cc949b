// Value of an objective on an activation map, and the gradient that starts the backward pass.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

/// How a map T (c x h x w) becomes a number.
enum class Reduction : std::int32_t {
  none,          ///< The slot has no term on this map: value 0, gradient 0.
  channel_mean,  ///< Mean over positions of T[channel].
  position,      ///< T[channel, y, x].
  mean_square,   ///< Mean over channels and positions of T^2.
};

/// One slot's term. Lives in memory the kernel reads, so that a slot can change its job without a new plan.
struct SlotTerm {
  Reduction reduction = Reduction::none;
  std::int32_t channel = 0;  ///< Physical channel within the map.
  std::int32_t y = 0, x = 0;
  std::int32_t channels = 0;  ///< Logical channels of the map; padded ones hold zeros and do not count.
  float weight = 1;
};

/// values[n] = [values[n] +] weight * reduction(map[n]); gradient[n] = gradient_scale * d value / d map[n]
/// (all of it, zeros included).
struct ObjectiveSeed {
  Tensor map;
  Tensor gradient;
  const SlotTerm* terms;  ///< One per image.
  double* values;         ///< One per image.
  bool accumulate;        ///< Add to the values: the second and later maps of an objective.
  /// Lifts gradients above the smallest numbers of fp16; whatever ends the backward pass divides by it again.
  float gradient_scale = 1;
};

namespace cpu {
void objective_seed(const Stream& stream, const ObjectiveSeed& op);
}

namespace cuda {
void objective_seed(const Stream& stream, const ObjectiveSeed& op);
}

}  // namespace limpid
