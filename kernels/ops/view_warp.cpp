#include "kernels/core/elementwise.h"
#include "kernels/ops/view_contract.h"
#include "kernels/ops/view_warp.body.h"

namespace limpid::cpu {
namespace {

template <class Network>
void view_warp_to(const Stream& stream, const ViewWarp& op) {
  const NetworkExtent extent = network_extent(op.network, op.grouped);
  for_each_image_pixel<ViewWarpBody<Network>>(stream, op, op.picture.n * op.draws, extent.h, extent.w);
}

template <class Network>
void view_warp_adjoint_of(const Stream& stream, const ViewWarpAdjoint& op) {
  const Planar<float>& to = op.dpicture;
  for_each_image_pixel<ViewWarpAdjointBody<Network>>(stream, op, to.n, to.h, to.w);
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

}  // namespace limpid::cpu

namespace limpid {

void check(const ViewWarp& op, const OpContract& contract) {
  check_views(contract, {"picture", op.picture}, {"network", op.network}, op.grouped, op.draws, op.scaling);
  contract.memory({{"views", op.views}});
}

void check(const ViewWarpAdjoint& op, const OpContract& contract) {
  check_views(contract, {"dpicture", op.dpicture}, {"dnetwork", op.dnetwork}, op.grouped, op.draws,
              op.scaling);
  contract.memory({{"views", op.views}});
}

}  // namespace limpid
