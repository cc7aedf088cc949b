#include "kernels/core/elementwise.h"
#include "kernels/ops/warp.body.h"

namespace limpid::cpu {

void warp(const Stream& stream, const Warp& op) {
  for_each_image_pixel<WarpBody>(stream, op, op.network.n, op.network.h, op.network.w);
}

void warp_adjoint(const Stream& stream, const WarpAdjoint& op) {
  for_each_image_pixel<WarpAdjointBody>(stream, op, op.dpicture.n, op.dpicture.h, op.dpicture.w);
}

}  // namespace limpid::cpu
