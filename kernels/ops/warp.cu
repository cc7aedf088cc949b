#include "kernels/core/launch.cuh"
#include "kernels/ops/warp.body.h"

namespace limpid::cuda {

void warp(const Stream& stream, const Warp& op) {
  for_each_image_pixel<WarpBody>(stream, "warp", op, op.network.n, op.network.h, op.network.w);
}

void warp_adjoint(const Stream& stream, const WarpAdjoint& op) {
  for_each_image_pixel<WarpAdjointBody>(stream, "warp_adjoint", op, op.dpicture.n, op.dpicture.h,
                                        op.dpicture.w);
}

}  // namespace limpid::cuda
