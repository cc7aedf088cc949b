#include "kernels/core/cpu_loops.h"
#include "kernels/ops/global_average_pool.body.h"
#include "kernels/ops/op_contract.h"

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

namespace limpid {
namespace {

void check_means(const OpContract& contract, const NamedTensor& map, const NamedTensor& means) {
  contract.tensors({map});
  contract.tensors({means});
  const Tensor &x = map.tensor, &y = means.tensor;
  contract.require(y.n == x.n && y.groups == x.groups && y.dtype == x.dtype && y.h == 1 && y.w == 1,
                   means.name, "is {} {} x {} x {} x {}, and must be {} {} x {} x 1 x 1", name_of(y.dtype),
                   y.n, y.channels(), y.h, y.w, name_of(x.dtype), x.n, x.channels());
}

}  // namespace

void check(const GlobalAveragePoolFprop& op, const OpContract& contract) {
  check_means(contract, {"x", op.x}, {"y", op.y});
}

void check(const GlobalAveragePoolBprop& op, const OpContract& contract) {
  check_means(contract, {"dx", op.dx}, {"dy", op.dy});
  contract.mask({"relu_output", op.relu_output}, {"dx", op.dx});
}

}  // namespace limpid
