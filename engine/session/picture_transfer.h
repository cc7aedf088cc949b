// Between pictures in the caller's memory and planes of the network's input.
#pragma once

#include "engine/network/tensor_view.h"
#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/warp.h"

namespace limpid {

/// How the picture comes to the network, and derivatives back to it.
struct PictureRule {
  InputScaling scaling;
  float derivative = 1;  ///< d network input / d picture, in the unit derivatives are given in.
};

/// planes = scaling of the pictures, batch x 3 x height x width, RGB.
void write_pictures(const Stream& stream, const TensorView<const float>& pictures,
                    const InputScaling& scaling, const Planar<float>& planes);

/// pictures = factor * planes, in RGB order.
void read_pictures(const Stream& stream, const Planar<const float>& planes, const InputScaling& scaling,
                   float factor, const TensorView<float>& pictures);

}  // namespace limpid
