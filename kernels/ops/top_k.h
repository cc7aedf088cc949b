// The gate of a TopK activation: of each position, the largest values alone.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// Keeps the `kept` largest of the channels of each position, in place; the others become 0. Of equal values those of
/// lower channels are kept; values of 0 and less are 0 after, whether among them or not; a NaN is larger than all numbers.
/// Of a ReLU's output this is the TopK activation of Gao et al. (2024, arXiv 2406.04093). The derivative is a ReLU's, by
/// the output's sign (ReluMask).
struct TopK {
  Tensor y;
  int kept;  ///< 1 and more; all the channels of y are kept where it is more than they are.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const TopK& op, const OpContract& contract);

namespace cpu {
void top_k(const Stream& stream, const TopK& op);
}

namespace cuda {
void top_k(const Stream& stream, const TopK& op);
}

}  // namespace limpid
