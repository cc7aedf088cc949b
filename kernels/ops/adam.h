// Adam, ascending.
#pragma once

#include <cstdint>

#include "kernels/core/slot_key.h"
#include "kernels/core/stream.h"

namespace limpid {

/// One update of every parameter towards larger objectives, after D. P. Kingma and J. Ba, "Adam: A Method for
/// Stochastic Optimization", 2015, algorithm 1, with the sign of the step turned:
///   g = gradient * gradient_scale,  m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
///   parameter += rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon),  t = key.step + 1.
/// Moments of a job that starts are zero. Parameters of an image lie in `planes` planes of `count` values
/// each.
struct Adam {
  float* parameters;            ///< images x planes x count.
  float* first_moment;          ///< Like `parameters`.
  float* second_moment;         ///< Like `parameters`.
  const float* gradient;        ///< Like `parameters`.
  const float* gradient_scale;  ///< count factors, the same for every plane; null for none.
  const SlotKey* keys;          ///< One per image: `step` is the number of updates done before this one.
  const float* learning_rate;   ///< One per image.
  int* non_finite;              ///< One per image: set to 1 when any g is infinite or NaN, else left alone.
  int images;
  int planes;
  std::int64_t count;
  float beta1 = 0.9F;
  float beta2 = 0.999F;
  float epsilon = 1e-8F;
};

namespace cpu {
void adam(const Stream&, const Adam&);
}
namespace cuda {
void adam(const Stream&, const Adam&);
}

}  // namespace limpid
