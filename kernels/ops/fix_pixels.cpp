#include "kernels/core/elementwise.h"
#include "kernels/ops/fix_pixels.body.h"

namespace limpid::cpu {

void fix_pixels(const Stream& stream, const FixPixels& op) {
  for_each_image_element<FixPixelsBody>(stream, op, op.rgb.n * op.rgb.c, std::int64_t{op.rgb.h} * op.rgb.w);
}

void fix_pixels_adjoint(const Stream& stream, const FixPixelsAdjoint& op) {
  for_each_image_element<FixPixelsAdjointBody>(stream, op, op.drgb.n * op.drgb.c,
                                               std::int64_t{op.drgb.h} * op.drgb.w);
}

}  // namespace limpid::cpu
