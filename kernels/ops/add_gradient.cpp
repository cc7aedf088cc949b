#include "kernels/core/cpu_loops.h"
#include "kernels/ops/add_gradient.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void add_gradient(const Stream& stream, const AddGradient& op) {
  const AddGradientBody<float> body{op.dy.as<const float>(), op.dx.as<float>()};
  for_each_group(stream, op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const AddGradient& op, const OpContract& contract) {
  contract.tensors({{"dx", op.dx}, {"dy", op.dy}});
  contract.require(op.dx.data != op.dy.data, "dy", "shares memory with dx");
}

}  // namespace limpid
