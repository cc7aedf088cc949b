// Value of an objective on an activation map, and the gradient that starts the backward pass.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/term_kind.h"

namespace limpid {

class OpContract;

/// One term of one slot, of a kind that reads a map. Lives in memory the kernel reads, so that a slot can
/// change its job without a new plan.
struct alignas(16) SlotTerm {
  TermKind kind = TermKind::none;
  std::int32_t channel = 0;   ///< Physical channel within the map.
  std::int32_t y = 0, x = 0;  ///< First of the positions that count.
  std::int32_t channels = 0;  ///< Logical channels of the map; padded ones hold zeros and do not count.
  float weight = 1;
  std::int32_t box_h = 0, box_w = 0;  ///< Positions from (y, x) on, inside the map; 0 is the whole map.
  float cosine_power = 0;             ///< Of direction, patch, caricature; 0: the plain dot product.
  std::int32_t reference = 0;         ///< Image of the batch that holds the photo.
  /// Images group_first + i * group_stride, 0 <= i < group_count, of which this is one: for align.
  std::int32_t group_first = 0, group_count = 1, group_stride = 1;
  /// Column of the values that it adds to: 0 is maximised; terms of the others are only watched, without a gradient.
  std::int32_t column = 0;
  /// Of kinds with a vector, in the kernel's memory, 16-byte aligned: one value per physical channel of the
  /// map, those of padded channels 0; for a patch, that many for each of its positions, row by row.
  const float* vector = nullptr;
};

/// values[n][column] = [values[n][column] +] the sum over the terms of that column of
///   weight * kind(map[n]);
/// gradient[n] = gradient_scale * the sum over the terms of column 0 of d(weight * kind) / d map[n] (all of it,
/// zeros included). Caricatures count as none here: CaricatureSeed adds them, for their gradient needs sums
/// over the whole map first.
struct ObjectiveSeed {
  Tensor map;
  Tensor gradient;
  const SlotTerm* terms;  ///< images x terms_per_image.
  double* values;         ///< images x columns.
  bool accumulate;        ///< Add to the values: the second and later maps of an objective.
  /// Lifts gradients above the smallest numbers of fp16; whatever ends the backward pass divides by it again.
  float gradient_scale = 1;
  int terms_per_image = 1;
  int columns = 1;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const ObjectiveSeed& op, const OpContract& contract);

namespace cpu {
void objective_seed(const Stream& stream, const ObjectiveSeed& op);
}

namespace cuda {
void objective_seed(const Stream& stream, const ObjectiveSeed& op);
}

}  // namespace limpid
