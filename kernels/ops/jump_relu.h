// The gate of a JumpReLU: a ReLU whose outputs count from a threshold of their channel on.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// y = y <= threshold of its channel ? 0 : y, in place; a NaN stays one. Of a ReLU's output this is the JumpReLU of
/// Rajamanoharan et al. (2024, arXiv 2407.14435): z where z > threshold, else 0, for thresholds of 0 and more; one below
/// changes nothing. The derivative is a ReLU's, by the output's sign (ReluMask).
struct JumpRelu {
  Tensor y;
  const float* thresholds;  ///< One for each of the channels of y, padded ones included.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const JumpRelu& op, const OpContract& contract);

namespace cpu {
void jump_relu(const Stream& stream, const JumpRelu& op);
}

namespace cuda {
void jump_relu(const Stream& stream, const JumpRelu& op);
}

}  // namespace limpid
