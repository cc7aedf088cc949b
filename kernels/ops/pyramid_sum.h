// Pictures that are sums of coarser ones, enlarged.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// Lucid's Laplacian pyramid: levels of 1, 1/2, 1/4 and 1/8 of the size.
inline constexpr int kPyramidLevels = 4;

/// One plane of parameters holds the levels one after the other, the finest first, each row by row.
struct PyramidShape {
  struct Level {
    int h, w;
    std::int64_t first;  ///< Where it begins in the plane.
  };
  Level level[kPyramidLevels];
  std::int64_t count;  ///< Of all levels.
};

/// Level k is h / 2^k x w / 2^k, rounded down (lucid), but at least one pixel each way.
inline PyramidShape pyramid_shape(int h, int w) {
  PyramidShape shape{};
  for (int k = 0; k < kPyramidLevels; ++k) {
    PyramidShape::Level& level = shape.level[k];
    level = {std::max(1, h >> k), std::max(1, w >> k), shape.count};
    shape.count += std::int64_t{level.h} * level.w;
  }
  return shape;
}

/// latent(y, x) = sum over levels of the level, sampled bilinearly at (y, x) times its size over the
/// picture's: TensorFlow 1's resize, whose first pixels coincide, which lucid uses. (captum has six levels,
/// of 1 to 1/32, and nearest neighbours.)
struct PyramidSum {
  const float* parameters;  ///< n x c planes of `shape.count`.
  PyramidShape shape;       ///< Of the latent's size.
  Planar<float> latent;
};

/// dL/dparameters from dL/dlatent.
struct PyramidSumAdjoint {
  Planar<const float> dlatent;
  PyramidShape shape;
  float* dparameters;  ///< n x c planes of `shape.count`.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const PyramidSum& op, const OpContract& contract);
void check(const PyramidSumAdjoint& op, const OpContract& contract);

namespace cpu {
void pyramid_sum(const Stream&, const PyramidSum&);
void pyramid_sum_adjoint(const Stream&, const PyramidSumAdjoint&);
}  // namespace cpu
namespace cuda {
void pyramid_sum(const Stream&, const PyramidSum&);
void pyramid_sum_adjoint(const Stream&, const PyramidSumAdjoint&);
}  // namespace cuda

}  // namespace limpid
