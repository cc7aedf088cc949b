// Attributions as arrays for other programs.
#pragma once

#include "engine/attribution/attribute.h"
#include "engine/attribution/position_pairs.h"
#include "tools/result_file.h"

namespace limpid {

/// `attribution` (channels x height x width), its sums `positions` (height x width) and `channels`, where there is one
/// `gradient`, and the certificate: `value`, `baseline_value`, `sum`, `residual`, `bound`, `correction`, `gradients`.
void add_attribution(ResultFile& file, const Attribution& attribution);

/// `attribution` (upper height x upper width x lower height x lower width) and `lengths` (upper height x upper width).
void add_position_pairs(ResultFile& file, const PositionPairs& pairs);

}  // namespace limpid
