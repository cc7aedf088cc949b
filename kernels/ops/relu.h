// Gradients of the ReLU: plain, and lucid's redirected form.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

/// gradient = y <= 0 ? 0 : gradient, in place; y is the ReLU's output (its sign is all the derivative needs).
/// A NaN in y lets the gradient pass.
struct ReluMask {
  Tensor gradient;
  Tensor y;
};

/// Parts in which a GPU searches an image for gradients that pass the mask.
inline constexpr int kRedirectParts = 64;

/// Lucid's redirected ReLU, per image, in place: the plain masked gradient, unless that is zero everywhere;
/// then the gradient wherever it asks the unit to rise (gradient > 0) or the unit is active. `gradient` is
/// that of the objective, which is ascended; lucid states the rule for the loss, its negative. A silent unit
/// can so be woken, and an active network is not disturbed.
struct RedirectedRelu {
  Tensor gradient;
  Tensor y;
  const std::int32_t* redirect;  ///< One per image: 0 for the plain mask whatever happens.
  /// kRedirectParts per image, overwritten; needs no initial value, so that operations which run one after
  /// the other may share it. The CPU form does not use it.
  std::int32_t* scratch = nullptr;
};

namespace cpu {
void relu_mask(const Stream& stream, const ReluMask& op);
void redirected_relu(const Stream& stream, const RedirectedRelu& op);
}  // namespace cpu

namespace cuda {
void relu_mask(const Stream& stream, const ReluMask& op);
void redirected_relu(const Stream& stream, const RedirectedRelu& op);
}  // namespace cuda

}  // namespace limpid
