// Values of an image moved and scaled to mean 0 and deviation 1.
#pragma once

#include <cstdint>

#include "kernels/core/host_device.h"
#include "kernels/core/stream.h"

namespace limpid {

class OpContract;

/// Mean and deviation of an image's values.
struct ImageMoments {
  float mean, deviation;
};

/// Sums over one block of an image's values, in double precision.
struct PartialSums {
  double first, second;
};

/// Values a block covers; blocks are summed one after the other, so that a result depends on no thread.
inline constexpr std::int64_t kStandardiseBlock = 2048;

/// How many PartialSums an image of `count` values needs.
LIMPID_HD std::int64_t standardise_blocks(std::int64_t count) {
  return (count + kStandardiseBlock - 1) / kStandardiseBlock;
}

/// y = (x - mean) / (deviation + epsilon) over all values of an image; the deviation is that of the
/// population (as xplique; torch's, in Horama, has n - 1 in place of n).
struct Standardise {
  const float* x;         ///< images x count.
  float* y;               ///< Like `x`; may be the same memory.
  ImageMoments* moments;  ///< One per image, written: the adjoint's.
  PartialSums* partials;  ///< images x standardise_blocks(count): scratch.
  int images;
  std::int64_t count;
  float epsilon;
};

/// dL/dx from dL/dy, exact: through the mean and the deviation too,
///   dx = (dy - mean(dy)) / (deviation + epsilon) - y mean(dy y) / deviation,
/// without the second term where the deviation is zero.
struct StandardiseAdjoint {
  const float* y;   ///< images x count: what Standardise made.
  const float* dy;  ///< Like `y`.
  float* dx;        ///< Like `y`; may be the memory of `dy`.
  const ImageMoments* moments;
  PartialSums* partials;  ///< Scratch, as above.
  int images;
  std::int64_t count;
  float epsilon;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const Standardise& op, const OpContract& contract);
void check(const StandardiseAdjoint& op, const OpContract& contract);

namespace cpu {
void standardise(const Stream&, const Standardise&);
void standardise_adjoint(const Stream&, const StandardiseAdjoint&);
}  // namespace cpu
namespace cuda {
void standardise(const Stream&, const Standardise&);
void standardise_adjoint(const Stream&, const StandardiseAdjoint&);
}  // namespace cuda

}  // namespace limpid
