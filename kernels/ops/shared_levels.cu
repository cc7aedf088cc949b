#include "kernels/core/launch.cuh"
#include "kernels/ops/shared_levels.body.h"

namespace limpid::cuda {

void shared_levels(const Stream& stream, const SharedLevels& op) {
  for_each_image_pixel<SharedLevelsBody>(stream, "shared_levels", op, op.sum.n * op.sum.c, op.sum.h,
                                         op.sum.w);
}

void shared_levels_adjoint(const Stream& stream, const SharedLevelsAdjoint& op) {
  const int planes = op.dsum.n / op.pictures * op.dsum.c;
  for_each_image_element<SharedRowsBody>(stream, "shared_levels_adjoint", op, planes,
                                         std::int64_t{op.dsum.h} * op.shape.columns);
  for_each_image_element<SharedColumnsBody>(stream, "shared_levels_adjoint", op, planes, op.shape.count);
}

}  // namespace limpid::cuda
