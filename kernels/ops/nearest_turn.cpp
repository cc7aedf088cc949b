#include "kernels/core/elementwise.h"
#include "kernels/ops/nearest_turn.body.h"

namespace limpid::cpu {

void nearest_turn(const Stream& stream, const NearestTurn& op) {
  for_each_image_pixel<NearestTurnBody>(stream, op, op.to.n, op.to.h, op.to.w);
}

void nearest_turn_adjoint(const Stream& stream, const NearestTurnAdjoint& op) {
  for_each_image_pixel<NearestTurnAdjointBody>(stream, op, op.dfrom.n, op.dfrom.h, op.dfrom.w);
}

}  // namespace limpid::cpu
