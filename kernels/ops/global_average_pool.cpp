#include "kernels/core/cpu_loops.h"
#include "kernels/ops/global_average_pool.body.h"

namespace limpid::cpu {

void global_average_pool_fprop(const Stream& stream, const GlobalAveragePoolFprop& op) {
  const GlobalAveragePoolFpropBody<float> body{op.x.as<const float>(), op.y.as<float>()};
  for_each_group(stream, op.y.n, op.y.groups, 1, 1, body);
}

void global_average_pool_bprop(const Stream& stream, const GlobalAveragePoolBprop& op) {
  const GlobalAveragePoolBpropBody<float> body{op.dy.as<const float>(), op.dx.as<float>(),
                                               op.relu_output.as<const float>(), op.accumulate};
  for_each_group(stream, op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
}

}  // namespace limpid::cpu
