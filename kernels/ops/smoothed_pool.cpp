#include "kernels/core/cpu_loops.h"
#include "kernels/ops/smoothed_pool.body.h"

namespace limpid::cpu {
namespace {

template <int Stride, PoolGradient Rule>
void bprop(const Stream& stream, const SmoothedPoolBprop& op) {
  const SmoothedPoolBpropBody<float, Stride, Rule> body{
      op.x.as<const float>(), op.dy.as<const float>(), op.dx.as<float>(), op.relu_output.as<const float>(),
      op.window.before_h,     op.window.before_w,      op.accumulate};
  for_each_group(stream, op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
}

template <int Stride>
void bprop(const Stream& stream, const SmoothedPoolBprop& op) {
  op.rule == PoolGradient::l2 ? bprop<Stride, PoolGradient::l2>(stream, op)
                              : bprop<Stride, PoolGradient::average>(stream, op);
}

}  // namespace

void smoothed_pool_bprop(const Stream& stream, const SmoothedPoolBprop& op) {
  op.window.stride == 1 ? bprop<1>(stream, op) : bprop<2>(stream, op);
}

}  // namespace limpid::cpu
