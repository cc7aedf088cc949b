#include "kernels/core/elementwise.h"
#include "kernels/ops/pyramid_sum.body.h"

namespace limpid::cpu {

void pyramid_sum(const Stream& stream, const PyramidSum& op) {
  for_each_image_pixel<PyramidSumBody>(stream, op, op.latent.n * op.latent.c, op.latent.h, op.latent.w);
}

void pyramid_sum_adjoint(const Stream& stream, const PyramidSumAdjoint& op) {
  for_each_image_block(stream, op.dlatent.n * op.dlatent.c, op.shape.count,
                       [&](int plane, std::int64_t begin, std::int64_t end) {
                         const PyramidSumAdjointBody body(op, plane);
                         for (std::int64_t i = begin; i < end; ++i) body(i);
                       });
}

}  // namespace limpid::cpu
