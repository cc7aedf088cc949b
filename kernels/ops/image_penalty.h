// What pictures are penalised for, as terms of the objective on the picture itself: value and gradient.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

/// What is measured of a picture x (3 x h x w). Sums run over all colour channels and pixels. All are
/// positive: a penalty has a negative weight. Formulas are lucid's (optvis/objectives.py); derivatives of |.|
/// are 0 at 0.
enum class Penalty : std::int32_t {
  none,             ///< No term.
  l1,               ///< sum |x - centre|.
  l2,               ///< sqrt(1e-6 + sum (x - centre)^2).
  total_variation,  ///< sum of |difference| over all pairs of horizontal and vertical neighbours.
  /// 0.5 sum (x - blur3(x))^2. In the gradient, x - blur3(x), the blurred picture counts as a constant.
  blur,
  /// sum over the frame of `width` pixels of (blur5(x) - x)^2 + 0.8 (x - centre)^2; exact gradient. A frame
  /// that meets itself is the whole picture; one of width 0 is nothing.
  boundary,
  distance,  ///< sqrt(mean (x - x')^2), x' the image `reference`. Gradient to x alone; 0 where both are
             ///< equal.
  opacity,   ///< Mean of the picture's fourth plane, which it must have; the others are of its colours alone.
};

/// One term of one image. blurN is a weighted mean over the N x N pixels around one that lie in the picture:
/// weight 0.5 at the rim of the square and 1 inside.
struct PenaltyTerm {
  Penalty penalty = Penalty::none;
  float weight = 1;
  float centre = 0.5F;
  std::int32_t width = 20;
  std::int32_t reference = 0;  ///< Image of the batch.
  std::int32_t column = 0;  ///< Of the values. Terms of columns above 0 are watched: they have no gradient.
};

/// Parts that the sums over a picture are made in.
inline constexpr int kPenaltyParts = 32;

/// Elements of ImagePenalty::sums.
constexpr std::size_t penalty_sums(int images, int terms_per_image) {
  return std::size_t{kPenaltyParts} * static_cast<std::size_t>(images) *
         static_cast<std::size_t>(terms_per_image);
}

/// For every term of every image n: values[n * value_stride][column] += value_scale * weight *
/// penalty(rgb[n]) and, where column is 0, drgb[n] += weight * d penalty / d rgb[n].
struct ImagePenalty {
  Planar<const float> rgb;   ///< n x 3 or 4 x h x w, colours on [0, 1], then opacity.
  Planar<float> drgb;        ///< Like `rgb`; other memory.
  const PenaltyTerm* terms;  ///< images x terms_per_image.
  double* values;            ///< Rows of `columns`.
  double* sums;              ///< Scratch: penalty_sums(images, terms_per_image).
  float* residual;           ///< Scratch: as many as `rgb` has. Only terms of kind boundary touch it.
  int terms_per_image = 1;
  int columns = 1;
  /// Rows of values to an image: where the network sees several views of a picture each has a row, and the
  /// first gets the penalty of all, value_scale times.
  int value_stride = 1;
  double value_scale = 1;
};

namespace cpu {
void image_penalty(const Stream& stream, const ImagePenalty& op);
}

namespace cuda {
void image_penalty(const Stream& stream, const ImagePenalty& op);
}

}  // namespace limpid
