// Between pictures and the network's own input.
#pragma once

#include "engine/image/image.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/warp.h"
#include "weights/model.h"

namespace limpid {

/// The model's input rule as the kernels take it.
InputScaling input_scaling(const InputSpec& spec);

/// Writes a picture of the same height and width into image n of a network input.
void write_picture(const Image& image, const InputScaling& scaling, Planar<float> input, int n);

/// Image n of a network-side gradient as height x width x 3 in RGB order; units stay the network's.
std::vector<float> read_gradient(Planar<const float> gradient, const InputScaling& scaling, int n);

/// Image n of planes r, g, b and, where there is a fourth, alpha, as a picture.
Image read_picture(Planar<const float> rgb, int n);

}  // namespace limpid
