// The ReLU where no convolution has it built in, and its gradients: plain, and by the rules that wake silent
// units.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/relu_gradient.h"

namespace limpid {

class OpContract;

/// y = max(x, 0); a NaN stays one.
struct ReluFprop {
  Tensor x;
  Tensor y;
};

/// gradient = y <= 0 ? 0 : gradient, in place; y is the ReLU's output (its sign is all the derivative needs).
/// A NaN in y lets the gradient pass. The derivative is its own adjoint: along a tangent it is the same.
struct ReluMask {
  Tensor gradient;
  Tensor y;
  Tensor from =
      {};  ///< Where it has data, what is masked into `gradient`, whose own values are then not read.
};

/// Parts in which a GPU searches an image for gradients that pass the mask.
inline constexpr int kRuledReluParts = 64;

/// The gradient by one of ReluGradient's rules, per image, in place; "everywhere" is all of the image.
/// `gradient` is that of the objective, which is ascended; lucid states its rule for the loss, the
/// objective's negative. A silent unit can so be woken, and `redirected` and `unmasked` do not disturb an
/// active network.
struct RuledRelu {
  Tensor gradient;
  Tensor y;
  const ReluGradient* rules;  ///< One per image.
  /// kRuledReluParts per image, overwritten; needs no initial value, so that operations which run one after
  /// the other may share it. The CPU form does not use it.
  std::int32_t* scratch = nullptr;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const ReluFprop& op, const OpContract& contract);
void check(const ReluMask& op, const OpContract& contract);
void check(const RuledRelu& op, const OpContract& contract);

namespace cpu {
void relu_fprop(const Stream& stream, const ReluFprop& op);
void relu_mask(const Stream& stream, const ReluMask& op);
void ruled_relu(const Stream& stream, const RuledRelu& op);
}  // namespace cpu

namespace cuda {
void relu_fprop(const Stream& stream, const ReluFprop& op);
void relu_mask(const Stream& stream, const ReluMask& op);
void ruled_relu(const Stream& stream, const RuledRelu& op);
}  // namespace cuda

}  // namespace limpid
