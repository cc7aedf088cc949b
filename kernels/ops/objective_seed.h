// Value of an objective on an activation map, and the gradient that starts the backward pass.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

/// How a map T (c x h x w) becomes a number. Means over channels run over the logical ones.
enum class Reduction : std::int32_t {
  none,          ///< The slot has no term on this map: value 0, gradient 0.
  channel_mean,  ///< Mean over positions of T[channel].
  position,      ///< T[channel, y, x].
  mean_square,   ///< Mean over channels and positions of T^2.
  /// Mean over positions p of dot(T_p, v) * max(0.1, cos)^cosine_power, where T_p are the channels of one
  /// position and cos = dot(T_p, v) / ((1e-4 + |T_p|)(1e-4 + |v|)): lucid's direction. Captum and lucent
  /// normalise otherwise (peers: dot * max(0.1, cos)^p with 1e-8, and the mean cosine alone). The gradient
  /// is the exact one, that of the cosine included; below 0.1 the cosine counts as a constant.
  direction,
  direction_at,  ///< The same at the position (y, x) alone.
  /// The same over the patch_h x patch_w positions from (y, x), each with a vector of its own: lucid's
  /// tensor_direction, with the patch anywhere instead of centred.
  patch,
  /// -mean over channels and positions of |T - T'|, T' the same map of the image `reference`. The gradient is
  /// with respect to this image alone, and 0 where both are equal.
  match,
  /// Ignored here: CaricatureSeed adds it, for its gradient needs sums over the whole map first.
  caricature,
  /// -sum for d = 1..4 of 2^-d mean((T - T_d)^2), T_d the map of the d-th image after this one in its group;
  /// those that the group does not have are left out. The gradient is that of the sum over the group's
  /// images, all with this weight, with respect to this image: both its neighbours after and before count.
  /// lucid adds this sum to the *mean* over the batch of its other objectives, so that its weight counts as
  /// many times as much as there are images.
  alignment,
};

/// One term of one slot. Lives in memory the kernel reads, so that a slot can change its job without a new
/// plan.
struct alignas(16) SlotTerm {
  Reduction reduction = Reduction::none;
  std::int32_t channel = 0;  ///< Physical channel within the map.
  std::int32_t y = 0, x = 0;
  std::int32_t channels = 0;  ///< Logical channels of the map; padded ones hold zeros and do not count.
  float weight = 1;
  std::int32_t patch_h = 1, patch_w = 1;  ///< The patch lies inside the map.
  float cosine_power = 0;                 ///< Of the directions and of caricature; 0: the plain dot product.
  std::int32_t reference = 0;             ///< Image of the batch, for match and caricature.
  /// Images group_first + i * group_stride, 0 <= i < group_count, of which this is one: for alignment.
  std::int32_t group_first = 0, group_count = 1, group_stride = 1;
  /// Of the values. Column 0 is what is maximised; terms of the others are watched: they have no gradient.
  std::int32_t column = 0;
  /// Of the directions, in the kernel's memory, 16-byte aligned: one value per physical channel of the map,
  /// those of padded channels 0; for a patch, that many for each of its positions, row by row.
  const float* vector = nullptr;
};

/// values[n][column] = [values[n][column] +] the sum over the terms of that column of
///   weight * reduction(map[n]);
/// gradient[n] = gradient_scale * the sum over the terms of column 0 of d(weight * reduction) / d map[n]
/// (all of it, zeros included).
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

namespace cpu {
void objective_seed(const Stream& stream, const ObjectiveSeed& op);
}

namespace cuda {
void objective_seed(const Stream& stream, const ObjectiveSeed& op);
}

}  // namespace limpid
