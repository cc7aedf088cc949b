// The sum of two gradients of one value that it took two ways to have.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

/// dx = dx + dy, rounded once. Both have the same extents, and share no memory.
struct AddGradient {
  Tensor dy;
  Tensor dx;
};

namespace cpu {
void add_gradient(const Stream& stream, const AddGradient& op);
}

namespace cuda {
void add_gradient(const Stream& stream, const AddGradient& op);
}

}  // namespace limpid
