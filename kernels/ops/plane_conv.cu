// A thread makes one pixel, of a transposed convolution two: neighbours read neighbours, and one filter.
#include "kernels/core/launch.cuh"
#include "kernels/ops/plane_conv.body.h"

namespace limpid::cuda {
namespace {

template <class Body, class Op>
void make_strips(const Stream& stream, const char* name, const Op& op, const Planar<float>& made) {
  for_each_image_element<Body>(stream, name, op, made.n, PlaneStrips(made, Body::kWidth).count());
}

}  // namespace

void plane_conv(const Stream& stream, const PlaneConv& op) {
  if (op.filter.size == 1) return make_strips<PlaneConvBody<1, 1, 1>>(stream, "plane_conv", op, op.y);
  if (op.filter.size == 3) return make_strips<PlaneConvBody<3, 1, 1>>(stream, "plane_conv", op, op.y);
  make_strips<PlaneConvBody<4, 2, 1>>(stream, "plane_conv", op, op.y);
}

void plane_conv_adjoint(const Stream& stream, const PlaneConvAdjoint& op) {
  constexpr const char* kName = "plane_conv_adjoint";
  if (op.filter.size == 1) return make_strips<PlaneConvAdjointBody<1, 1, 1>>(stream, kName, op, op.x);
  if (op.filter.size == 3) return make_strips<PlaneConvAdjointBody<3, 1, 1>>(stream, kName, op, op.x);
  make_strips<PlaneConvAdjointBody<4, 2, 1>>(stream, kName, op, op.x);
}

}  // namespace limpid::cuda
