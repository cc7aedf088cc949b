// Arithmetic of advance_slots, per slot.
#pragma once

#include <cfloat>
#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/advance_slots.h"

namespace limpid {

/// Mean over the rows of `columns` values, in their order.
LIMPID_HD double column_mean(const double* values, int rows, int columns, int column) {
  double sum = 0;
  for (int row = 0; row < rows; ++row) sum += values[row * columns + column];
  return sum / rows;
}

struct AdvanceSlotsBody {
  AdvanceSlots op;

  LIMPID_HD void operator()(std::int64_t slot) const {
    SlotKey* const keys = op.keys + slot * op.pictures;
    const std::int64_t views = std::int64_t{op.pictures} * op.draws;
    const double* const values = op.values + slot * views * op.columns;
    const std::uint32_t done = keys[0].step;
    const std::uint32_t steps = done + 1;
    const int rows = op.images * op.draws;
    if (done < static_cast<std::uint32_t>(op.curve_steps)) {
      for (int column = 0; column < op.columns; ++column) {
        op.curve[(slot * op.columns + column) * op.curve_steps + done] =
            column_mean(values, rows, op.columns, column);
      }
    }
    bool finite = fabs(column_mean(values, rows, op.columns, 0)) <= DBL_MAX;
    for (int i = 0; i < op.images; ++i) finite = finite && op.non_finite[slot * op.pictures + i] == 0;
    if (!finite && op.failed_step[slot] == 0) op.failed_step[slot] = static_cast<std::int32_t>(steps);
    for (int i = 0; i < op.pictures; ++i) {
      const std::int64_t picture = slot * op.pictures + i;
      const UpdateRule& rule = op.rules[picture];
      keys[i].step = steps;
      op.rate[picture] = scheduled_rate(rule, steps);
      if (rule.optimiser == Optimiser::nadam) op.momentum[picture] *= nadam_momentum(rule, steps);
    }
    const ReluGradient relu = steps < op.relu_steps[slot] ? op.relu_rules[slot] : ReluGradient::plain;
    for (std::int64_t i = 0; i < views; ++i) op.relu[slot * views + i] = relu;
  }
};

}  // namespace limpid
