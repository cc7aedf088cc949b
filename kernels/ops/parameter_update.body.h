// Arithmetic of parameter_update, per parameter.
#pragma once

#include <cfloat>
#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/parameter_update.h"

namespace limpid {

LIMPID_HD bool is_finite(float x) {
  return fabsf(x) <= FLT_MAX;
}

/// What an optimiser keeps of earlier gradients.
enum class Moments { none, first, both };

/// One plane of one image. `Scaled`: gradients are multiplied by gradient_scale.
template <bool Scaled>
struct ParameterUpdateBody {
  float *parameters, *first_moment, *second_moment;
  const float *gradient, *gradient_scale;
  Moments moments;
  float beta1, beta2, epsilon;
  // none   parameter += gradient_step g.
  // first  m = beta1 m + gradient_step g, parameter += moment_step m.
  // both   parameter += (moment_step m + gradient_step g) / (sqrt(v second_correction) + epsilon); Adam's
  //        gradient_step is 0, which changes no bit of the sum.
  float moment_step = 0, gradient_step = 0;
  float second_correction = 1;

  LIMPID_HD ParameterUpdateBody(const ParameterUpdate& op, int plane)
      : parameters(op.parameters + plane * op.count),
        first_moment(op.first_moment + plane * op.count),
        second_moment(op.second_moment + plane * op.count),
        gradient(op.gradient + plane * op.count),
        gradient_scale(op.gradient_scale) {
    const int image = plane / op.planes;
    const UpdateRule& rule = op.rules[image];
    const std::uint32_t done = op.keys[image].step;
    const float rate = op.rate[image];
    beta1 = rule.beta1;
    beta2 = rule.beta2;
    epsilon = rule.epsilon;
    const float factor = op.gradient_factor == nullptr ? 1.0F : op.gradient_factor[image];
    if (rule.optimiser == Optimiser::ascent) {
      moments = Moments::none;
      gradient_step = rate * factor;
      return;
    }
    if (rule.optimiser == Optimiser::momentum) {
      moments = Moments::first;
      moment_step = rate;
      gradient_step = factor;
      return;
    }
    moments = Moments::both;
    // 1 - beta^t without cancellation.
    const float t = static_cast<float>(done + 1);
    const float second = -expm1f(t * logf(beta2));
    if (rule.optimiser == Optimiser::nadam) {
      const float momentum = nadam_momentum(rule, done + 1), next = nadam_momentum(rule, done + 2);
      const float product = op.momentum[image] * momentum;
      moment_step = rate * next / (1.0F - product * next);
      gradient_step = rate * (1.0F - momentum) / (1.0F - product);
      second_correction = 1.0F / second;
    } else {
      moment_step = rate / -expm1f(t * logf(beta1));
      if (rule.epsilon_form == EpsilonForm::uncorrected) {
        moment_step *= sqrtf(second);
      } else {
        second_correction = 1.0F / second;
      }
    }
  }

  struct Loaded {
    float parameter, first_moment, second_moment;
    float g;  ///< The scaled gradient.
  };
  template <Moments kept>
  LIMPID_HD Loaded load(std::int64_t i) const {
    const float g = Scaled ? gradient[i] * gradient_scale[i] : gradient[i];
    if constexpr (kept == Moments::none) return {parameters[i], 0, 0, g};
    if constexpr (kept == Moments::first) return {parameters[i], first_moment[i], 0, g};
    return {parameters[i], first_moment[i], second_moment[i], g};
  }

  /// Whether the update can make something of the gradient. The square of one that is not infinite may be, and an infinite
  /// second moment would end every step of it, and of all that follow, at nothing.
  template <Moments kept>
  LIMPID_HD static bool is_usable(float g) {
    if constexpr (kept == Moments::both) return is_finite(g * g);
    return is_finite(g);
  }

  template <Moments kept>
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    if constexpr (kept == Moments::none) {
      parameters[i] = x.parameter + gradient_step * x.g;
    } else if constexpr (kept == Moments::first) {
      const float m = beta1 * x.first_moment + gradient_step * x.g;
      first_moment[i] = m;
      parameters[i] = x.parameter + moment_step * m;
    } else {
      const float m = beta1 * x.first_moment + (1.0F - beta1) * x.g;
      const float v = beta2 * x.second_moment + (1.0F - beta2) * (x.g * x.g);
      first_moment[i] = m;
      second_moment[i] = v;
      parameters[i] =
          x.parameter + (moment_step * m + gradient_step * x.g) / (sqrtf(v * second_correction) + epsilon);
    }
  }
};

}  // namespace limpid
