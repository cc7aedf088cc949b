// Mean over all positions of each channel, and its adjoint.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// y (n, c, 1, 1) = mean over h, w of x (n, c, h, w).
struct GlobalAveragePoolFprop {
  Tensor x;
  Tensor y;
};

/// dx (n, c, h, w) = [dx +] dy (n, c, 1, 1) / (h w), then masked by the ReLU that made x.
struct GlobalAveragePoolBprop {
  Tensor dy;
  Tensor dx;
  Tensor relu_output;  ///< To mask dx with; no data: dx stays unmasked.
  bool accumulate = false;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const GlobalAveragePoolFprop& op, const OpContract& contract);
void check(const GlobalAveragePoolBprop& op, const OpContract& contract);

namespace cpu {
void global_average_pool_fprop(const Stream& stream, const GlobalAveragePoolFprop& op);
void global_average_pool_bprop(const Stream& stream, const GlobalAveragePoolBprop& op);
}  // namespace cpu

namespace cuda {
void global_average_pool_fprop(const Stream& stream, const GlobalAveragePoolFprop& op);
void global_average_pool_bprop(const Stream& stream, const GlobalAveragePoolBprop& op);
}  // namespace cuda

}  // namespace limpid
