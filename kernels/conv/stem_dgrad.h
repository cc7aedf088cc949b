// Input gradient of the stem on the CPU.
#pragma once

#include "kernels/conv/conv.h"
#include "kernels/core/aligned.h"

namespace limpid::cpu {

/// dL/dx (n, 3, h, w) of a strided convolution with three input channels. Eight output channels fill a
/// register and are summed across at the end, so that no tap is wasted: oneDNN's own backward_data falls into
/// its reference kernel here (4.5 s), and padding three channels to eight or splitting the stride into phases
/// would compute 2 to 3 times the taps.
class StemDgrad {
 public:
  /// `weights` is K x 3 x R x S, K a multiple of eight.
  StemDgrad(const ConvShape& shape, const float* weights);

  void run(const Stream& stream, const Tensor& dy, Planar<float> dx) const;

 private:
  void run_row(const GroupView<const float>& dy, Planar<float> dx, int n, int h) const;

  ConvShape shape_;
  AlignedFloats filter_;  // R x S x K/8 x 3 x 8.
};

}  // namespace limpid::cpu
