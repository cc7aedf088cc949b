// Gram matrices of maps: which channels go together, wherever in the picture; and objectives on them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/term_kind.h"

namespace limpid {

class OpContract;

/// gram[n] = F F^T, F the map of image n as physical channels x positions: sums over positions of the
/// products of two channels, in fp32, not divided by anything. Rows and columns of padded channels, which
/// hold zeros, are zero.
struct Gram {
  Tensor map;
  float* gram;  ///< images x C x C, C physical channels; 16-byte aligned.
};

/// One term of one image: style, diversity, or none.
struct GramTerm {
  TermKind kind = TermKind::none;
  float weight = 1;
  std::int32_t channels = 0;   ///< Logical channels of the map.
  std::int32_t positions = 1;  ///< Of the map: height times width.
  std::int32_t reference = 0;  ///< Image of the batch, for style.
  /// Images group_first + i * group_stride, 0 <= i < group_count, of which this is one: for diversity.
  std::int32_t group_first = 0, group_count = 1, group_stride = 1;
  std::int32_t column = 0;  ///< Of the values. Terms of columns above 0 are watched: they have no gradient.
};

/// Parts that the sums over a matrix are made in.
inline constexpr int kGramParts = 16;

/// Elements of GramSeed::scratch.
constexpr std::size_t gram_scratch(int images, int terms_per_image) {
  return static_cast<std::size_t>(images) * static_cast<std::size_t>(images) *
         static_cast<std::size_t>(terms_per_image) * (2 * kGramParts + 1);
}

/// values[n][column] += weight * kind(gram[n]) for every term, and slope[n] = the sum over the terms of
/// column 0 of d(weight * kind) / d gram[n] (all of it, zeros included), which is as symmetric as the
/// matrices are.
struct GramSeed {
  const float* gram;      ///< images x C x C, of Gram.
  float* slope;           ///< Like `gram`.
  const GramTerm* terms;  ///< images x terms_per_image.
  double* values;         ///< images x columns.
  double* scratch;        ///< gram_scratch(images, terms_per_image).
  int images;
  int channels;  ///< C: physical ones, a multiple of kGroup.
  int terms_per_image = 1;
  int columns = 1;
};

/// gradient[n] += gradient_scale * (S + S^T) F: the adjoint of Gram, for a symmetric S.
struct GramAdjoint {
  Tensor map;
  const float* slope;  ///< images x C x C, symmetric.
  Tensor gradient;     ///< Like `map`.
  float gradient_scale = 1;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const Gram& op, const OpContract& contract);
void check(const GramSeed& op, const OpContract& contract);
void check(const GramAdjoint& op, const OpContract& contract);

namespace cpu {
void gram(const Stream& stream, const Gram& op);
void gram_seed(const Stream& stream, const GramSeed& op);
void gram_adjoint(const Stream& stream, const GramAdjoint& op);
}  // namespace cpu

namespace cuda {
void gram(const Stream& stream, const Gram& op);
void gram_seed(const Stream& stream, const GramSeed& op);
void gram_adjoint(const Stream& stream, const GramAdjoint& op);
}  // namespace cuda

}  // namespace limpid
