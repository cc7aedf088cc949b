#include "kernels/core/group_launch.cuh"
#include "kernels/ops/global_average_pool.body.h"

namespace limpid::cuda {

void global_average_pool_fprop(const Stream& stream, const GlobalAveragePoolFprop& op) {
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    const GlobalAveragePoolFpropBody<T> body{op.x.as<const T>(), op.y.as<T>()};
    for_each_group(stream, "global_average_pool_fprop", op.y.n, op.y.groups, 1, 1, body);
  });
}

void global_average_pool_bprop(const Stream& stream, const GlobalAveragePoolBprop& op) {
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    const GlobalAveragePoolBpropBody<T> body{op.dy.as<const T>(), op.dx.as<T>(),
                                             op.relu_output.as<const T>()};
    for_each_group(stream, "global_average_pool_bprop", op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
  });
}

}  // namespace limpid::cuda
