// Softmax over the logits of each image, and its vector-Jacobian product.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// y = exp(x - max x) / sum exp(x - max x) over the first `classes` channels of a (n, c, 1, 1) map; the
/// padded channels of y become zero.
struct SoftmaxFprop {
  Tensor x;
  Tensor y;
  int classes;
};

/// dx = y * (dy - sum(dy * y)); zero in the padded channels, where y is.
struct SoftmaxBprop {
  Tensor y;
  Tensor dy;
  Tensor dx;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const SoftmaxFprop& op, const OpContract& contract);
void check(const SoftmaxBprop& op, const OpContract& contract);

namespace cpu {
void softmax_fprop(const Stream& stream, const SoftmaxFprop& op);
void softmax_bprop(const Stream& stream, const SoftmaxBprop& op);
}  // namespace cpu

namespace cuda {
void softmax_fprop(const Stream& stream, const SoftmaxFprop& op);
void softmax_bprop(const Stream& stream, const SoftmaxBprop& op);
}  // namespace cuda

}  // namespace limpid
