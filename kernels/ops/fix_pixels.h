// Pixels that stay what they are: a mask between a picture and what it is fixed to.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// rgb = (1 - mask) * rgb + mask * fixed, in place: exactly `rgb` where the mask is 0 and exactly `fixed`
/// where it is 1. One mask for all channels of an image, or one for each.
struct FixPixels {
  Planar<float> rgb;          ///< n x c x h x w, finite.
  Planar<const float> fixed;  ///< Like `rgb`, finite.
  Planar<const float> mask;   ///< n x 1 or c x h x w, values in [0, 1].
};

/// dL/drgb before FixPixels from dL/drgb after it, in place: (1 - mask) * drgb.
struct FixPixelsAdjoint {
  Planar<float> drgb;        ///< n x c x h x w.
  Planar<const float> mask;  ///< That of the forward operation.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const FixPixels& op, const OpContract& contract);
void check(const FixPixelsAdjoint& op, const OpContract& contract);

namespace cpu {
void fix_pixels(const Stream&, const FixPixels&);
void fix_pixels_adjoint(const Stream&, const FixPixelsAdjoint&);
}  // namespace cpu
namespace cuda {
void fix_pixels(const Stream&, const FixPixels&);
void fix_pixels_adjoint(const Stream&, const FixPixelsAdjoint&);
}  // namespace cuda

}  // namespace limpid
