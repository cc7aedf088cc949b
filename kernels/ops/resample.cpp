#include "kernels/core/elementwise.h"
#include "kernels/ops/resample.body.h"

namespace limpid::cpu {

void resample(const Stream& stream, const Resample& op) {
  for_each_image_pixel<ResampleBody>(stream, op, op.to.n, op.to.h, op.to.w);
}

void resample_adjoint(const Stream& stream, const ResampleAdjoint& op) {
  for_each_image_pixel<ResampleAdjointBody>(stream, op, op.dfrom.n, op.dfrom.h, op.dfrom.w);
}

}  // namespace limpid::cpu
