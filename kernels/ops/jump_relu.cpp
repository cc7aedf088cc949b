#include "kernels/core/cpu_loops.h"
#include "kernels/ops/jump_relu.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void jump_relu(const Stream& stream, const JumpRelu& op) {
  const JumpReluBody<float> body{op.y.as<float>(), op.thresholds};
  for_each_group(stream, op.y.n, op.y.groups, op.y.h, op.y.w, body);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const JumpRelu& op, const OpContract& contract) {
  contract.tensors({{"y", op.y}});
  contract.memory({{"thresholds", op.thresholds}});
}

}  // namespace limpid
