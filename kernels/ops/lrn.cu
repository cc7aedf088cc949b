#include "kernels/core/group_launch.cuh"
#include "kernels/ops/lrn.body.h"

namespace limpid::cuda {
namespace {

template <class T, int Radius, int Quarters>
void fprop(const Stream& stream, const LrnFprop& op) {
  const LrnFpropBody<T, Radius, Quarters> body{op.x.as<const T>(), op.y.as<T>(), op.constants};
  for_each_group(stream, "lrn_fprop", op.x.n, op.x.groups, op.x.h, op.x.w, body);
}

template <class T, int Radius, int Quarters>
void bprop(const Stream& stream, const LrnBprop& op) {
  const LrnBpropBody<T, Radius, Quarters> body{op.x.as<const T>(), op.dy.as<const T>(), op.dx.as<T>(),
                                               op.relu_output.as<const T>(), op.constants};
  for_each_group(stream, "lrn_bprop", op.x.n, op.x.groups, op.x.h, op.x.w, body);
}

}  // namespace

void lrn_fprop(const Stream& stream, const LrnFprop& op) {
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    if (op.constants.beta == 0.5F) {
      op.constants.radius == 2 ? fprop<T, 2, 2>(stream, op) : fprop<T, 5, 2>(stream, op);
    } else {
      op.constants.radius == 2 ? fprop<T, 2, 3>(stream, op) : fprop<T, 5, 3>(stream, op);
    }
  });
}

void lrn_bprop(const Stream& stream, const LrnBprop& op) {
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    if (op.constants.beta == 0.5F) {
      op.constants.radius == 2 ? bprop<T, 2, 2>(stream, op) : bprop<T, 5, 2>(stream, op);
    } else {
      op.constants.radius == 2 ? bprop<T, 2, 3>(stream, op) : bprop<T, 5, 3>(stream, op);
    }
  });
}

}  // namespace limpid::cuda
