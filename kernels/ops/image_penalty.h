// What pictures are penalised for, as terms of the objective on the picture itself: value and gradient.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/term_kind.h"

namespace limpid {

class OpContract;

/// One term of one image, of a kind that measures the picture.
struct PenaltyTerm {
  TermKind kind = TermKind::none;
  float weight = 1;
  float centre = 0.5F;         ///< Of l1, l2, boundary: the colour that costs nothing.
  std::int32_t width = 20;     ///< Of boundary: of its frame, in pixels.
  std::int32_t reference = 0;  ///< Image of the batch that holds the photo.
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
/// kind(rgb[n]) and, where column is 0, drgb[n] += weight * d kind / d rgb[n].
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

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const ImagePenalty& op, const OpContract& contract);

namespace cpu {
void image_penalty(const Stream& stream, const ImagePenalty& op);
}

namespace cuda {
void image_penalty(const Stream& stream, const ImagePenalty& op);
}

}  // namespace limpid
