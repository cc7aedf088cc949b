// Local response normalisation with the max-pool behind it, as one operation: the map between the two is not kept.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/core/window.h"
#include "kernels/ops/lrn.h"

namespace limpid {

class OpContract;

/// Whether the kernels are built for these constants: those of Caffe's, lucent's and Google's networks.
constexpr bool lrn_pool_supports(const LrnConstants& c) {
  return (c.radius == 2 && c.beta == 0.75F) || ((c.radius == 4 || c.radius == 5) && c.beta == 0.5F);
}

/// MaxPoolFprop of what LrnFprop makes of x, rounded to x's type as it would be stored. A network's second pool: of fp16
/// at batch 64 it spares 147 MiB that the pair writes and reads again.
struct LrnPoolFprop {
  Tensor x;
  Tensor y;
  GroupView<std::uint8_t> argmax;
  LrnConstants constants;
  Window window;  ///< Size 3 and stride 2.
};

/// LrnBprop of what MaxPoolBprop makes of dy, which is not rounded between: in fp32 what the pair makes of them.
struct LrnPoolBprop {
  Tensor x;  ///< Of the LRN.
  Tensor dy;
  Tensor dx;
  GroupView<const std::uint8_t> argmax;
  LrnConstants constants;
  Window window;            ///< Size 3 and stride 2.
  bool accumulate = false;  ///< To what dx holds, before the mask.
  bool rectified = false;   ///< x is a ReLU's output: dx is masked by it.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const LrnPoolFprop& op, const OpContract& contract);
void check(const LrnPoolBprop& op, const OpContract& contract);

namespace cpu {
void lrn_pool_fprop(const Stream& stream, const LrnPoolFprop& op);
void lrn_pool_bprop(const Stream& stream, const LrnPoolBprop& op);
}  // namespace cpu

namespace cuda {
void lrn_pool_fprop(const Stream& stream, const LrnPoolFprop& op);
void lrn_pool_bprop(const Stream& stream, const LrnPoolBprop& op);
}  // namespace cuda

}  // namespace limpid
