#include "kernels/core/cpu_loops.h"
#include "kernels/ops/lrn.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {
namespace {

template <int Radius, int Quarters>
void lrn_fprop_by_rule(const Stream& stream, const LrnFprop& op) {
  const LrnFpropBody<float, Radius, Quarters> body{op.x.as<const float>(), op.y.as<float>(), op.constants};
  for_each_pixel(stream, op.x.n, op.x.h, op.x.w, body);
}

template <int Radius, int Quarters>
void lrn_bprop_by_rule(const Stream& stream, const LrnBprop& op) {
  const LrnBpropBody<float, Radius, Quarters> body{op.x.as<const float>(), op.dy.as<const float>(),
                                                   op.dx.as<float>(),      op.relu_output.as<const float>(),
                                                   op.constants,           op.accumulate};
  for_each_pixel(stream, op.x.n, op.x.h, op.x.w, body);
}

template <int Radius, int Quarters>
void jvp(const Stream& stream, const LrnJvp& op) {
  const LrnJvpBody<float, Radius, Quarters> body{op.x.as<const float>(), op.dx.as<const float>(),
                                                 op.dy.as<float>(), op.constants};
  for_each_group(stream, op.x.n, op.x.groups, op.x.h, op.x.w, body);
}

}  // namespace

void lrn_fprop(const Stream& stream, const LrnFprop& op) {
  with_lrn_rules(op.constants,
                 [&](auto radius, auto quarters) { lrn_fprop_by_rule<radius(), quarters()>(stream, op); });
}

void lrn_bprop(const Stream& stream, const LrnBprop& op) {
  with_lrn_rules(op.constants,
                 [&](auto radius, auto quarters) { lrn_bprop_by_rule<radius(), quarters()>(stream, op); });
}

void lrn_jvp(const Stream& stream, const LrnJvp& op) {
  with_lrn_rules(op.constants, [&](auto radius, auto quarters) { jvp<radius(), quarters()>(stream, op); });
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_constants(const OpContract& contract, const LrnConstants& constants) {
  contract.require(lrn_supports(constants), "constants",
                   "have radius {} and beta {}, and must have 1 to 5 and 0.5 or 0.75", constants.radius,
                   constants.beta);
}

}  // namespace

void check(const LrnFprop& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}, {"y", op.y}});
  check_constants(contract, op.constants);
}

void check(const LrnJvp& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}, {"dx", op.dx}, {"dy", op.dy}});
  check_constants(contract, op.constants);
}

void check(const LrnBprop& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}, {"dy", op.dy}, {"dx", op.dx}});
  contract.mask({"relu_output", op.relu_output}, {"dx", op.dx});
  check_constants(contract, op.constants);
}

}  // namespace limpid
