// Coarse pictures that all pictures of a job have in common, enlarged and added to each.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

inline constexpr int kMostSharedLevels = 8;

/// One plane of levels holds them one after the other, each row by row.
struct SharedLevelShape {
  struct Level {
    int h, w;
    std::int64_t first;  ///< Where it begins in the plane.
    int first_column;    ///< Where its columns begin in a row of all levels side by side.
  };
  Level level[kMostSharedLevels];
  int levels;
  std::int64_t count;  ///< Of all levels.
  int columns;         ///< Of all levels.
};

/// A level of h / N x w / N cells, rounded up, for each of at most kMostSharedLevels divisors N >= 1.
inline SharedLevelShape shared_level_shape(std::span<const int> divisors, int h, int w) {
  SharedLevelShape shape{};
  for (const int divisor : divisors) {
    SharedLevelShape::Level& level = shape.level[shape.levels++];
    level = {(h - 1) / divisor + 1, (w - 1) / divisor + 1, shape.count, shape.columns};
    shape.count += std::int64_t{level.h} * level.w;
    shape.columns += level.w;
  }
  return shape;
}

/// Each picture has a copy of the levels of its own: plane c of picture n at `data` + n * stride + c * (count
/// of the shape).
template <class T>
struct SharedCopies {
  T* data;
  std::int64_t stride;  ///< From one picture's copy to the next one's.
};

/// sum(n, c, y, x) = base(n, c, y, x) + the picture's levels, each sampled bilinearly at (y, x) times its
/// size over the picture's: TensorFlow 1's resize, as lucid's lowres_tensor has it.
struct SharedLevels {
  Planar<const float> base;
  SharedCopies<const float> copies;
  SharedLevelShape shape;  ///< Of the pictures' size.
  Planar<float> sum;       ///< Like `base`.
};

/// The gradient of what pictures share, from dL/dsum: the sum over the images of a job, in order, and the
/// same bits in every copy. A job has `pictures` of them one after the other, the first `images` of which
/// count.
struct SharedLevelsAdjoint {
  Planar<const float> dsum;
  SharedLevelShape shape;
  int images, pictures;
  float* rows;  ///< Scratch: jobs x planes x h x shape.columns.
  SharedCopies<float> copies;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const SharedLevels& op, const OpContract& contract);
void check(const SharedLevelsAdjoint& op, const OpContract& contract);

namespace cpu {
void shared_levels(const Stream&, const SharedLevels&);
void shared_levels_adjoint(const Stream&, const SharedLevelsAdjoint&);
}  // namespace cpu
namespace cuda {
void shared_levels(const Stream&, const SharedLevels&);
void shared_levels_adjoint(const Stream&, const SharedLevelsAdjoint&);
}  // namespace cuda

}  // namespace limpid
