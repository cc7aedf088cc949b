// Arithmetic of advance_slots, per image.
#pragma once

#include <cfloat>
#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/advance_slots.h"

namespace limpid {

struct AdvanceSlotsBody {
  AdvanceSlots op;

  LIMPID_HD void operator()(std::int64_t image) const {
    const std::uint32_t done = op.keys[image].step;
    const std::uint32_t steps = done + 1;
    const double value = op.values[image];
    if (done < static_cast<std::uint32_t>(op.curve_steps)) op.curve[image * op.curve_steps + done] = value;
    const bool finite = fabs(value) <= DBL_MAX && op.non_finite[image] == 0;
    if (!finite && op.failed_step[image] == 0) op.failed_step[image] = static_cast<std::int32_t>(steps);
    op.keys[image].step = steps;
    op.redirect[image] = steps < op.redirected_steps[image] ? 1 : 0;
    const UpdateRule& rule = op.rules[image];
    op.rate[image] = scheduled_rate(rule, steps);
    if (rule.optimiser == Optimiser::nadam) op.momentum[image] *= nadam_momentum(rule, steps);
  }
};

}  // namespace limpid
