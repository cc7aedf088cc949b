#include "kernels/core/cpu_loops.h"
#include "kernels/ops/max_pool.body.h"
#include "kernels/ops/pool_contract.h"

namespace limpid::cpu {
namespace {

template <int Stride, int Size = 3>
void max_pool_fprop_by_window(const Stream& stream, const MaxPoolFprop& op) {
  const MaxPoolFpropBody<float, Stride, Size> body{op.x.as<const float>(), op.y.as<float>(), op.argmax,
                                                   op.window.before_h, op.window.before_w};
  for_each_group(stream, op.y.n, op.y.groups, op.y.h, op.y.w, body);
}

template <int Stride, int Size = 3>
void max_pool_bprop_by_window(const Stream& stream, const MaxPoolBprop& op) {
  const MaxPoolBpropBody<float, Stride, Size> body{
      op.dy.as<const float>(), op.dx.as<float>(),  op.argmax,     op.relu_output.as<const float>(),
      op.window.before_h,      op.window.before_w, op.accumulate, compared_bits(op)};
  for_each_group(stream, op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
}

}  // namespace

void max_pool_fprop(const Stream& stream, const MaxPoolFprop& op) {
  if (op.window.size == 2) return max_pool_fprop_by_window<2, 2>(stream, op);
  op.window.stride == 1 ? max_pool_fprop_by_window<1>(stream, op) : max_pool_fprop_by_window<2>(stream, op);
}

void max_pool_bprop(const Stream& stream, const MaxPoolBprop& op) {
  if (op.window.size == 2) return max_pool_bprop_by_window<2, 2>(stream, op);
  op.window.stride == 1 ? max_pool_bprop_by_window<1>(stream, op) : max_pool_bprop_by_window<2>(stream, op);
}

void max_pool_jvp(const Stream& stream, const MaxPoolJvp& op) {
  const MaxPoolJvpBody<float> body{op.dx.as<const float>(), op.dy.as<float>(), op.argmax, op.window};
  for_each_group(stream, op.dy.n, op.dy.groups, op.dy.h, op.dy.w, body);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const MaxPoolFprop& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}});
  contract.tensors({{"y", op.y}});
  contract.pool_windows(op.window, {"x", op.x}, {"y", op.y});
  check_argmax(contract, op.argmax, {"y", op.y});
}

void check(const MaxPoolJvp& op, const OpContract& contract) {
  contract.tensors({{"dx", op.dx}});
  contract.tensors({{"dy", op.dy}});
  contract.pool_windows(op.window, {"dx", op.dx}, {"dy", op.dy});
  check_argmax(contract, op.argmax, {"dy", op.dy});
}

void check(const MaxPoolBprop& op, const OpContract& contract) {
  contract.tensors({{"dx", op.dx}});
  contract.tensors({{"dy", op.dy}});
  contract.pool_windows(op.window, {"dx", op.dx}, {"dy", op.dy});
  check_argmax(contract, op.argmax, {"dy", op.dy});
  contract.mask({"relu_output", op.relu_output}, {"dx", op.dx});
  contract.require(!op.positive_only || (!op.accumulate && op.relu_output.data == nullptr), "positive_only",
                   "masks what windows pass alone, and not what dx holds or what relu_output masks");
}

}  // namespace limpid
