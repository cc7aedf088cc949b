#include "kernels/core/group_launch.cuh"
#include "kernels/ops/relu.body.h"

namespace limpid::cuda {

void relu_fprop(const Stream& stream, const ReluFprop& op) {
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    const ReluFpropBody<T> body{op.x.as<const T>(), op.y.as<T>()};
    for_each_group(stream, "relu_fprop", op.x.n, op.x.groups, op.x.h, op.x.w, body);
  });
}

void relu_mask(const Stream& stream, const ReluMask& op) {
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    const ReluMaskBody<T> body(op);
    for_each_group(stream, "relu_mask", op.y.n, op.y.groups, op.y.h, op.y.w, body);
  });
}

}  // namespace limpid::cuda
