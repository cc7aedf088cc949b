#include "kernels/core/group_launch.cuh"
#include "kernels/ops/add_gradient.body.h"

namespace limpid::cuda {

void add_gradient(const Stream& stream, const AddGradient& op) {
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    const AddGradientBody<T> body{op.dy.as<const T>(), op.dx.as<T>()};
    for_each_group(stream, "add_gradient", op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
  });
}

}  // namespace limpid::cuda
