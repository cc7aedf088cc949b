// One transform of a picture onto a canvas of its own: padding, cropping, shifting, resizing, and the
// adjoint.
//
// A list of transforms that is applied one by one, each resampling what the one before left, is a chain of
// these (and of turns). `Warp` and `ViewWarp` compose a whole list instead.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// Where along one dimension the pixels of a result look at the source: pixel i at ratio * i + start,
/// linearly between pixels.
struct SampleAxis {
  float ratio = 1, start = 0;
  std::int32_t clamp = 0;  ///< Not 0: no further out than the outermost pixels, as where a size changes.
  std::int32_t reflect =
      0;  ///< Pixels by which the source is mirrored outwards; less than it has. Not with clamp.

  bool operator==(const SampleAxis&) const = default;
};

struct ResampleRule {
  SampleAxis rows, columns;
  float fill = 0;  ///< What is seen beyond the source and its reflection.

  bool operator==(const ResampleRule&) const = default;
};

/// to(y, x) = from(rows at y, columns at x), the same for every picture.
struct Resample {
  Planar<const float> from;  ///< n x 3 x h x w.
  Planar<float> to;          ///< n x 3 x H x W.
  const ResampleRule* rule;  ///< One, in the device's memory.
};

/// dfrom from dto. Every pixel of the source sums those that looked at it or its mirror images, in a fixed
/// order; `fill` has no gradient.
struct ResampleAdjoint {
  Planar<const float> dto;
  Planar<float> dfrom;  ///< Overwritten.
  const ResampleRule* rule;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const Resample& op, const OpContract& contract);
void check(const ResampleAdjoint& op, const OpContract& contract);

namespace cpu {
void resample(const Stream&, const Resample&);
void resample_adjoint(const Stream&, const ResampleAdjoint&);
}  // namespace cpu
namespace cuda {
void resample(const Stream&, const Resample&);
void resample_adjoint(const Stream&, const ResampleAdjoint&);
}  // namespace cuda

}  // namespace limpid
