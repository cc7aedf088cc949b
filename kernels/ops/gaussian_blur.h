// A Gaussian blur of pictures along one dimension, and its adjoint.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

enum class BlurAxis { rows, columns };  ///< Along a row, x; along a column, y.

/// out(i) = sum over |k| <= r of exp(-k^2 / (2 deviation^2)) in(i + k), divided by the sum of the weights,
/// where r = ceil(3 deviation) and at most the extent - 1, and positions outside are mirrored about the
/// outermost pixels. A deviation of 0 copies. `adjoint` gives the gradient of `in` from that of `out`.
/// Both axes, one after the other, are the blur of a picture.
struct GaussianBlur {
  Planar<const float> in;
  Planar<float> out;       ///< Like `in`, other memory.
  const float* deviation;  ///< One per picture, in pixels, >= 0.
  BlurAxis axis = BlurAxis::rows;
  bool adjoint = false;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const GaussianBlur& op, const OpContract& contract);

namespace cpu {
void gaussian_blur(const Stream&, const GaussianBlur&);
}
namespace cuda {
void gaussian_blur(const Stream&, const GaussianBlur&);
}

}  // namespace limpid
