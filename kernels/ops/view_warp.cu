#include "kernels/core/launch.cuh"
#include "kernels/ops/view_warp.body.h"

namespace limpid::cuda {
namespace {

template <class Network>
void view_warp_to(const Stream& stream, const ViewWarp& op) {
  const NetworkExtent extent = network_extent(op.network, op.grouped);
  for_each_image_pixel<ViewWarpBody<Network>>(stream, "view_warp", op, op.picture.n * op.draws, extent.h,
                                              extent.w);
}

template <class Network>
void view_warp_adjoint_of(const Stream& stream, const ViewWarpAdjoint& op) {
  const Planar<float>& to = op.dpicture;
  for_each_image_pixel<ViewWarpAdjointBody<Network>>(stream, "view_warp_adjoint", op, to.n, to.h, to.w);
}

}  // namespace

void view_warp(const Stream& stream, const ViewWarp& op) {
  if (op.network.data != nullptr) return view_warp_to<NetworkPlanes<float>>(stream, op);
  with_type(op.grouped.dtype, [&](auto type) { view_warp_to<NetworkGroup<decltype(type)>>(stream, op); });
}

void view_warp_adjoint(const Stream& stream, const ViewWarpAdjoint& op) {
  if (op.dnetwork.data != nullptr) return view_warp_adjoint_of<NetworkPlanes<const float>>(stream, op);
  with_type(op.grouped.dtype,
            [&](auto type) { view_warp_adjoint_of<NetworkGroup<const decltype(type)>>(stream, op); });
}

}  // namespace limpid::cuda
