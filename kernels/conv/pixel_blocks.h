// A picture's pixels as blocks of 2x2, and back.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid::cuda {

/// blocks (n, ceil(h / 2), ceil(w / 2), 16), dense, from the first three channels of pixels (n, h, w, 8): channel
/// 8 row + 4 column + c of a block is channel c of its pixel (row, column). Zeros for the fourth, and for pixels that
/// the map has not.
void space_to_depth(const Stream& stream, const Tensor& pixels, const Tensor& blocks);

/// The adjoint, which is the inverse: three channels of every pixel, and zeros in the other five.
void depth_to_space(const Stream& stream, const Tensor& blocks, const Tensor& pixels);

}  // namespace limpid::cuda
