#include "kernels/core/launch.cuh"
#include "kernels/ops/resample.body.h"

namespace limpid::cuda {

void resample(const Stream& stream, const Resample& op) {
  for_each_image_pixel<ResampleBody>(stream, "resample", op, op.to.n, op.to.h, op.to.w);
}

void resample_adjoint(const Stream& stream, const ResampleAdjoint& op) {
  for_each_image_pixel<ResampleAdjointBody>(stream, "resample_adjoint", op, op.dfrom.n, op.dfrom.h,
                                            op.dfrom.w);
}

}  // namespace limpid::cuda
