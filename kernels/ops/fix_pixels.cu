#include "kernels/core/launch.cuh"
#include "kernels/ops/fix_pixels.body.h"

namespace limpid::cuda {

void fix_pixels(const Stream& stream, const FixPixels& op) {
  for_each_image_element<FixPixelsBody>(stream, "fix_pixels", op, op.rgb.n * op.rgb.c,
                                        std::int64_t{op.rgb.h} * op.rgb.w);
}

void fix_pixels_adjoint(const Stream& stream, const FixPixelsAdjoint& op) {
  for_each_image_element<FixPixelsAdjointBody>(stream, "fix_pixels_adjoint", op, op.drgb.n * op.drgb.c,
                                               std::int64_t{op.drgb.h} * op.drgb.w);
}

}  // namespace limpid::cuda
