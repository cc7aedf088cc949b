// How the parameters of one picture are optimised, as kernels read it.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/core/host_device.h"
#include "kernels/ops/optimiser.h"

namespace limpid {

/// One per picture, in memory the device reads.
struct UpdateRule {
  Optimiser optimiser = Optimiser::adam;
  RateSchedule schedule = RateSchedule::constant;
  EpsilonForm epsilon_form = EpsilonForm::corrected;
  float rate = 0.05F;
  float beta1 = 0.9F;
  float beta2 = 0.999F;
  float epsilon = 1e-8F;
  std::uint32_t warmup_steps = 0;  ///< Updates over which the rate rises linearly to its full value.
  std::uint32_t steps = 0;         ///< Updates the cosine spans, those of the warm-up included.
};

/// The rate of the update that follows `done` others:
///   rate (done + 1) / warmup_steps while done < warmup_steps;
///   then rate, or with the cosine rate (1 + cos(pi x)) / 2, x = (done - warmup_steps) / (steps -
///   warmup_steps), at most 1.
/// Exactly `rate` where there is neither.
LIMPID_HD float scheduled_rate(const UpdateRule& rule, std::uint32_t done) {
  if (done < rule.warmup_steps) {
    return rule.rate * (static_cast<float>(done + 1) / static_cast<float>(rule.warmup_steps));
  }
  if (rule.schedule == RateSchedule::constant) return rule.rate;
  if (done >= rule.steps) return 0;
  const float way =
      static_cast<float>(done - rule.warmup_steps) / static_cast<float>(rule.steps - rule.warmup_steps);
  return rule.rate * (0.5F + 0.5F * cosf(3.14159265F * way));
}

/// NAdam's first decay rate at update t, from 1: beta1 (1 - 0.96^(t 0.004) / 2).
LIMPID_HD float nadam_momentum(const UpdateRule& rule, std::uint32_t t) {
  constexpr float kDecay = 0.004F * -0.040821994520255F;  // ln 0.96.
  return rule.beta1 * (1.0F - 0.5F * expf(static_cast<float>(t) * kDecay));
}

}  // namespace limpid
