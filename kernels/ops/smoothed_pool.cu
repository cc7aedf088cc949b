#include "kernels/core/group_launch.cuh"
#include "kernels/ops/smoothed_pool.body.h"

namespace limpid::cuda {
namespace {

template <class T, int Stride, int Size, PoolGradient Rule>
void smoothed_pool_bprop_by_window(const Stream& stream, const SmoothedPoolBprop& op) {
  const SmoothedPoolBpropBody<T, Stride, Rule, Size> body{
      op.x.as<const T>(), op.dy.as<const T>(), op.dx.as<T>(), op.relu_output.as<const T>(),
      op.window.before_h, op.window.before_w,  op.accumulate};
  for_each_group(stream, "smoothed_pool_bprop", op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
}

template <class T, int Stride, int Size = 3>
void smoothed_pool_bprop_by_window(const Stream& stream, const SmoothedPoolBprop& op) {
  op.rule == PoolGradient::l2
      ? smoothed_pool_bprop_by_window<T, Stride, Size, PoolGradient::l2>(stream, op)
      : smoothed_pool_bprop_by_window<T, Stride, Size, PoolGradient::average>(stream, op);
}

}  // namespace

void smoothed_pool_bprop(const Stream& stream, const SmoothedPoolBprop& op) {
  with_type(op.dy.dtype, [&](auto type) {
    using T = decltype(type);
    if (op.window.size == 2) return smoothed_pool_bprop_by_window<T, 2, 2>(stream, op);
    op.window.stride == 1 ? smoothed_pool_bprop_by_window<T, 1>(stream, op)
                          : smoothed_pool_bprop_by_window<T, 2>(stream, op);
  });
}

void window_mean(const Stream& stream, const WindowMean& op) {
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    const WindowMeanBody<T> body{op.x.as<const T>(), op.y.as<T>(), op.window};
    for_each_group(stream, "window_mean", op.y.n, op.y.groups, op.y.h, op.y.w, body);
  });
}

}  // namespace limpid::cuda
