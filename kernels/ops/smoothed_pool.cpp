#include "kernels/core/cpu_loops.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/smoothed_pool.body.h"

namespace limpid::cpu {
namespace {

template <int Stride, int Size, PoolGradient Rule>
void smoothed_pool_bprop_by_window(const Stream& stream, const SmoothedPoolBprop& op) {
  const SmoothedPoolBpropBody<float, Stride, Rule, Size> body{
      op.x.as<const float>(), op.dy.as<const float>(), op.dx.as<float>(), op.relu_output.as<const float>(),
      op.window.before_h,     op.window.before_w,      op.accumulate};
  for_each_group(stream, op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
}

template <int Stride, int Size = 3>
void smoothed_pool_bprop_by_window(const Stream& stream, const SmoothedPoolBprop& op) {
  op.rule == PoolGradient::l2
      ? smoothed_pool_bprop_by_window<Stride, Size, PoolGradient::l2>(stream, op)
      : smoothed_pool_bprop_by_window<Stride, Size, PoolGradient::average>(stream, op);
}

}  // namespace

void smoothed_pool_bprop(const Stream& stream, const SmoothedPoolBprop& op) {
  if (op.window.size == 2) return smoothed_pool_bprop_by_window<2, 2>(stream, op);
  op.window.stride == 1 ? smoothed_pool_bprop_by_window<1>(stream, op)
                        : smoothed_pool_bprop_by_window<2>(stream, op);
}

void window_mean(const Stream& stream, const WindowMean& op) {
  const WindowMeanBody<float> body{op.x.as<const float>(), op.y.as<float>(), op.window};
  for_each_group(stream, op.y.n, op.y.groups, op.y.h, op.y.w, body);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const SmoothedPoolBprop& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}, {"dx", op.dx}});
  contract.tensors({{"dy", op.dy}});
  contract.pool_windows(op.window, {"dx", op.dx}, {"dy", op.dy});
  contract.require(op.rule != PoolGradient::max, "rule", "is max, which MaxPoolBprop takes back");
  contract.mask({"relu_output", op.relu_output}, {"dx", op.dx});
}

void check(const WindowMean& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}});
  contract.tensors({{"y", op.y}});
  contract.require(op.window.size >= 1 && op.window.size <= 3, "window",
                   "is {0} x {0}, and must be 1 x 1 to 3 x 3", op.window.size);
  contract.windows(op.window, {"x", op.x}, {"y", op.y});
}

}  // namespace limpid
