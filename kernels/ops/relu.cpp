#include "kernels/core/cpu_loops.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/relu.body.h"

namespace limpid::cpu {
namespace {

/// Whether any gradient of image n passes the plain mask.
bool any_passes(const RuledReluBody<float>& body, int n) {
  for (int g = 0; g < body.y.groups; ++g) {
    for (int h = 0; h < body.y.h; ++h) {
      for (int w = 0; w < body.y.w; ++w) {
        if (body.any_passes(n, g, h, w)) return true;
      }
    }
  }
  return false;
}

}  // namespace

void relu_fprop(const Stream& stream, const ReluFprop& op) {
  const ReluFpropBody<float> body{op.x.as<const float>(), op.y.as<float>()};
  for_each_group(stream, op.x.n, op.x.groups, op.x.h, op.x.w, body);
}

void relu_mask(const Stream& stream, const ReluMask& op) {
  const ReluMaskBody<float> body(op);
  for_each_group(stream, op.y.n, op.y.groups, op.y.h, op.y.w, body);
}

void ruled_relu(const Stream& stream, const RuledRelu& op) {
  for (int n = 0; n < op.y.n; ++n) {
    const Tensor gradient = op.gradient.image(n);
    const Tensor y = op.y.image(n);
    const RuledReluBody<float> body{gradient.as<float>(), y.as<const float>()};
    const ReluGradient rule = op.rules[n];
    if (rule == ReluGradient::plain || (rule != ReluGradient::leaky && any_passes(body, 0))) {
      relu_mask(stream, {gradient, y});
    } else {
      for_each_group(stream, 1, y.groups, y.h, y.w,
                     [&](int image, int g, int h, int w) { body(rule, image, g, h, w); });
    }
  }
}

}  // namespace limpid::cpu

namespace limpid {

void check(const ReluFprop& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}, {"y", op.y}});
}

void check(const ReluMask& op, const OpContract& contract) {
  contract.tensors({{"gradient", op.gradient}, {"y", op.y}});
  if (op.from.data != nullptr) contract.tensors({{"gradient", op.gradient}, {"from", op.from}});
}

void check(const RuledRelu& op, const OpContract& contract) {
  contract.tensors({{"gradient", op.gradient}, {"y", op.y}});
  contract.memory({{"rules", op.rules}, {"scratch", op.scratch}});
}

}  // namespace limpid
