// The sum of two gradients of one value that it took two ways to have.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// dx = dx + dy, rounded once. Both have the same extents, and share no memory.
struct AddGradient {
  Tensor dy;
  Tensor dx;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const AddGradient& op, const OpContract& contract);

namespace cpu {
void add_gradient(const Stream& stream, const AddGradient& op);
}

namespace cuda {
void add_gradient(const Stream& stream, const AddGradient& op);
}

}  // namespace limpid
