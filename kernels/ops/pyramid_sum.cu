#include "kernels/core/launch.cuh"
#include "kernels/ops/pyramid_sum.body.h"

namespace limpid::cuda {

void pyramid_sum(const Stream& stream, const PyramidSum& op) {
  for_each_image_pixel<PyramidSumBody>(stream, "pyramid_sum", op, op.latent.n * op.latent.c, op.latent.h,
                                       op.latent.w);
}

void pyramid_sum_adjoint(const Stream& stream, const PyramidSumAdjoint& op) {
  for_each_image_element<PyramidSumAdjointBody>(stream, "pyramid_sum_adjoint", op,
                                                op.dlatent.n * op.dlatent.c, op.shape.count);
}

}  // namespace limpid::cuda
