// What an image and a photograph have in common on a map, exaggerated: value, and gradient to the image.
#pragma once

#include <cstddef>

#include "kernels/ops/objective_seed.h"

namespace limpid {

class OpContract;

/// Parts that the sums over a map are made in.
inline constexpr int kCaricatureParts = 16;

/// Elements of CaricatureSeed::scratch.
constexpr std::size_t caricature_scratch(int images, int terms_per_image) {
  return std::size_t{3} * kCaricatureParts * static_cast<std::size_t>(images) *
         static_cast<std::size_t>(terms_per_image);
}

/// Adds the terms that ObjectiveSeed leaves out, those of kind caricature: weight * kind to values[n][column],
/// and its gradient, for those of column 0 and times gradient_scale, to gradient[n]. Other terms are ignored.
struct CaricatureSeed {
  Tensor map;
  Tensor gradient;
  const SlotTerm* terms;  ///< images x terms_per_image.
  double* values;         ///< images x columns.
  double* scratch;        ///< caricature_scratch(images, terms_per_image).
  float gradient_scale = 1;
  int terms_per_image = 1;
  int columns = 1;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const CaricatureSeed& op, const OpContract& contract);

namespace cpu {
void caricature_seed(const Stream& stream, const CaricatureSeed& op);
}

namespace cuda {
void caricature_seed(const Stream& stream, const CaricatureSeed& op);
}

}  // namespace limpid
