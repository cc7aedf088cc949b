// Max-pool over 3x3 or 2x2 windows with arg-max, and its backward pass in gather form.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/core/window.h"
#include "kernels/ops/pool_argmax.h"

namespace limpid {

class OpContract;

/// y[p, q] = max over the window of x; padding never wins. `argmax` (the extents of y) keeps the winning tap,
/// row * window.size + column, and kNotPositive; of equal values the first in row order wins, as in Caffe and
/// PyTorch. A window that holds a NaN (or, in fp32, infinities of both signs) gives NaN, and is not marked; its
/// argmax is then the largest of the numbers.
struct MaxPoolFprop {
  Tensor x;
  Tensor y;
  GroupView<std::uint8_t> argmax;
  Window window;  ///< Size 3 and stride 1 or 2, or both 2.
};

/// dx[h, w] = [dx[h, w] +] sum of dy over the windows that chose (h, w), then masked by the ReLU that made x.
/// Gather form: no two threads write one address, so the result does not depend on their order.
struct MaxPoolBprop {
  Tensor dy;
  Tensor dx;
  GroupView<const std::uint8_t> argmax;
  Window window;
  bool accumulate = false;
  Tensor relu_output;  ///< The post-ReLU x, to mask dx with; no data: dx stays unmasked.
  /// Windows that are kNotPositive pass nothing. Where x is a ReLU's output and nothing is accumulated that is the mask,
  /// for the tap that won is positive where the maximum is; and x need not be read: 98 MiB of conv2d0 at batch 64 in
  /// fp16. Not with the two above.
  bool positive_only = false;
};

/// dy[p, q] = dx at the tap that won the window: how y changes along dx.
struct MaxPoolJvp {
  Tensor dx;
  Tensor dy;
  GroupView<const std::uint8_t> argmax;
  Window window;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const MaxPoolFprop& op, const OpContract& contract);
void check(const MaxPoolBprop& op, const OpContract& contract);
void check(const MaxPoolJvp& op, const OpContract& contract);

namespace cpu {
void max_pool_fprop(const Stream& stream, const MaxPoolFprop& op);
void max_pool_bprop(const Stream& stream, const MaxPoolBprop& op);
void max_pool_jvp(const Stream& stream, const MaxPoolJvp& op);
}  // namespace cpu

namespace cuda {
void max_pool_fprop(const Stream& stream, const MaxPoolFprop& op);
void max_pool_bprop(const Stream& stream, const MaxPoolBprop& op);
void max_pool_jvp(const Stream& stream, const MaxPoolJvp& op);
}  // namespace cuda

}  // namespace limpid
