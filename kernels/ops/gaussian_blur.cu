#include "kernels/core/launch.cuh"
#include "kernels/ops/gaussian_blur.body.h"

namespace limpid::cuda {

void gaussian_blur(const Stream& stream, const GaussianBlur& op) {
  for_each_image_pixel<GaussianBlurBody>(stream, "gaussian_blur", op, op.in.n, op.in.h, op.in.w);
}

}  // namespace limpid::cuda
