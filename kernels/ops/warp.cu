#include "kernels/core/launch.cuh"
#include "kernels/ops/warp.body.h"

namespace limpid::cuda {
namespace {

template <class Network>
void warp_to(const Stream& stream, const Warp& op) {
  const NetworkExtent extent = network_extent(op.network, op.grouped);
  for_each_image_pixel<WarpBody<Network>>(stream, "warp", op, op.picture.n * op.draws, extent.h, extent.w);
}

template <class Network>
void warp_adjoint_of(const Stream& stream, const WarpAdjoint& op) {
  const Planar<float>& to = op.dpicture;
  if (op.draws == 1) {
    for_each_image_pixel<WarpAdjointBody<Network>>(stream, "warp_adjoint", op, to.n, to.h, to.w);
  } else {
    for_each_image_pixel<WarpAdjointOfDrawsBody<Network>>(stream, "warp_adjoint", op, to.n, to.h, to.w);
  }
}

}  // namespace

void warp(const Stream& stream, const Warp& op) {
  if (op.network.data != nullptr) return warp_to<NetworkPlanes<float>>(stream, op);
  with_type(op.grouped.dtype, [&](auto type) { warp_to<NetworkGroup<decltype(type)>>(stream, op); });
}

void warp_adjoint(const Stream& stream, const WarpAdjoint& op) {
  if (op.dnetwork.data != nullptr) return warp_adjoint_of<NetworkPlanes<const float>>(stream, op);
  with_type(op.grouped.dtype,
            [&](auto type) { warp_adjoint_of<NetworkGroup<const decltype(type)>>(stream, op); });
}

}  // namespace limpid::cuda
