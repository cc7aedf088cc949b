#include "kernels/core/group_launch.cuh"
#include "kernels/ops/max_pool.body.h"

namespace limpid::cuda {
namespace {

template <class T, int Stride>
void fprop(const Stream& stream, const MaxPoolFprop& op) {
  const MaxPoolFpropBody<T, Stride> body{op.x.as<const T>(), op.y.as<T>(), op.argmax, op.window.before_h,
                                         op.window.before_w};
  for_each_group(stream, "max_pool_fprop", op.y.n, op.y.groups, op.y.h, op.y.w, body);
}

template <class T, int Stride>
void bprop(const Stream& stream, const MaxPoolBprop& op) {
  const MaxPoolBpropBody<T, Stride> body{
      op.dy.as<const T>(), op.dx.as<T>(),      op.argmax,    op.relu_output.as<const T>(),
      op.window.before_h,  op.window.before_w, op.accumulate};
  for_each_group(stream, "max_pool_bprop", op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
}

}  // namespace

void max_pool_fprop(const Stream& stream, const MaxPoolFprop& op) {
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    op.window.stride == 1 ? fprop<T, 1>(stream, op) : fprop<T, 2>(stream, op);
  });
}

void max_pool_bprop(const Stream& stream, const MaxPoolBprop& op) {
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    op.window.stride == 1 ? bprop<T, 1>(stream, op) : bprop<T, 2>(stream, op);
  });
}

}  // namespace limpid::cuda
