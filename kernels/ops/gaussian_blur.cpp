#include "kernels/core/elementwise.h"
#include "kernels/ops/gaussian_blur.body.h"

namespace limpid::cpu {

void gaussian_blur(const Stream& stream, const GaussianBlur& op) {
  for_each_image_pixel<GaussianBlurBody>(stream, op, op.in.n, op.in.h, op.in.w);
}

}  // namespace limpid::cpu
