// Arithmetic of adam, per parameter.
#pragma once

#include <cfloat>
#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/adam.h"

namespace limpid {

/// One plane of one image. `Scaled`: gradients are multiplied by gradient_scale.
template <bool Scaled>
struct AdamBody {
  float *parameters, *first_moment, *second_moment;
  const float *gradient, *gradient_scale;
  float beta1, beta2, epsilon;
  float first_step;         ///< Learning rate, bias correction of the first moment included.
  float second_correction;  ///< Bias correction of the second moment.

  LIMPID_HD AdamBody(const Adam& op, int plane)
      : parameters(op.parameters + plane * op.count),
        first_moment(op.first_moment + plane * op.count),
        second_moment(op.second_moment + plane * op.count),
        gradient(op.gradient + plane * op.count),
        gradient_scale(op.gradient_scale),
        beta1(op.beta1),
        beta2(op.beta2),
        epsilon(op.epsilon) {
    const int image = plane / op.planes;
    const float t = static_cast<float>(op.keys[image].step + 1);
    // 1 - beta^t without cancellation.
    first_step = op.learning_rate[image] / -expm1f(t * logf(beta1));
    second_correction = 1.0F / -expm1f(t * logf(beta2));
  }

  struct Loaded {
    float parameter, first_moment, second_moment;
    float g;  ///< The scaled gradient.
  };
  LIMPID_HD Loaded load(std::int64_t i) const {
    const float g = Scaled ? gradient[i] * gradient_scale[i] : gradient[i];
    return {parameters[i], first_moment[i], second_moment[i], g};
  }

  /// Whether the gradient is finite.
  LIMPID_HD bool store(std::int64_t i, const Loaded& x) const {
    const float m = beta1 * x.first_moment + (1.0F - beta1) * x.g;
    const float v = beta2 * x.second_moment + (1.0F - beta2) * (x.g * x.g);
    first_moment[i] = m;
    second_moment[i] = v;
    parameters[i] = x.parameter + first_step * m / (sqrtf(v * second_correction) + epsilon);
    return fabsf(x.g) <= FLT_MAX;
  }

  LIMPID_HD bool operator()(std::int64_t i) const { return store(i, load(i)); }
};

}  // namespace limpid
