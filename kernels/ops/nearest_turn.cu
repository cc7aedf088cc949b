#include "kernels/core/launch.cuh"
#include "kernels/ops/nearest_turn.body.h"

namespace limpid::cuda {

void nearest_turn(const Stream& stream, const NearestTurn& op) {
  for_each_image_pixel<NearestTurnBody>(stream, "nearest_turn", op, op.to.n, op.to.h, op.to.w);
}

void nearest_turn_adjoint(const Stream& stream, const NearestTurnAdjoint& op) {
  for_each_image_pixel<NearestTurnAdjointBody>(stream, "nearest_turn_adjoint", op, op.dfrom.n, op.dfrom.h,
                                               op.dfrom.w);
}

}  // namespace limpid::cuda
