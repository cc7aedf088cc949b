#include "kernels/core/group_launch.cuh"
#include "kernels/ops/jump_relu.body.h"

namespace limpid::cuda {

void jump_relu(const Stream& stream, const JumpRelu& op) {
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    const JumpReluBody<T> body{op.y.as<T>(), op.thresholds};
    for_each_group(stream, "jump_relu", op.y.n, op.y.groups, op.y.h, op.y.w, body);
  });
}

}  // namespace limpid::cuda
