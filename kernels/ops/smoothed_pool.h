// Backward passes of smooth pools, in place of the max-pool's own, and the mean of windows, which is linear.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/core/window.h"
#include "kernels/ops/pool_gradient.h"

namespace limpid {

class OpContract;

/// dx = (accumulate ? dx : 0) + dy taken back through another pool of the same windows (lucid's overrides of
/// the max-pool's gradient); with N the window's pixels inside the map:
///   average  sum over windows of dy / N;
///   l2       of P = m2 / (0.01 + m1), m2 and m1 the means of x^2 and |x| over the window's pixels inside the
///            map: sum over windows of dy / N (2 x / (0.01 + m1) - m2 sign(x) / (0.01 + m1)^2).
/// Then, where relu_output has data, zero wherever that is <= 0 (see ReluMask).
struct SmoothedPoolBprop {
  Tensor x;  ///< The pool's input; not read for `average`.
  Tensor dy;
  Tensor dx;
  Window window;      ///< Size 3 and stride 1 or 2, or size and stride 2, as the max-pool's.
  PoolGradient rule;  ///< Not `max`.
  bool accumulate;
  Tensor relu_output;
};

/// y[p, q] = the mean of x over the window's pixels inside the map: the pool whose way back is `average`.
struct WindowMean {
  Tensor x;
  Tensor y;
  Window window;  ///< Of size 1, a copy, to 3; each holds a pixel of the map.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const SmoothedPoolBprop& op, const OpContract& contract);
void check(const WindowMean& op, const OpContract& contract);

namespace cpu {
void smoothed_pool_bprop(const Stream&, const SmoothedPoolBprop&);
void window_mean(const Stream&, const WindowMean&);
}  // namespace cpu
namespace cuda {
void smoothed_pool_bprop(const Stream&, const SmoothedPoolBprop&);
void window_mean(const Stream&, const WindowMean&);
}  // namespace cuda

}  // namespace limpid
