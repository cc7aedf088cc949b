// A layer of torchvision's GoogLeNet as one of InceptionV1's.
#pragma once

#include <string>

#include "weights/layer_shapes.h"
#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// torchvision's network differs from the published one in four ways; three of them are undone here, exactly
/// up to rounding (the fourth, a last pool of 2x2, is in the family's rules):
///
///  - Each convolution has no bias but a batch normalisation, with s = weight / sqrt(running_var + 1e-3):
///    s (W * x - running_mean) + bias = (s W) * x + (bias - s running_mean), computed in double precision.
///  - The 5x5 convolutions are 3x3: the filter lies in the middle of a 5x5 of zeros, whose padding of two
///    pixels reads what a padding of one does.
///  - Its input is normalised twice: as for other networks, by mean m and deviation d of each channel, and
///    again inside (transform_input), by d / 0.5 and (m - 0.5) / 0.5. Together
///    ((p - m) / d) (d / 0.5) + (m - 0.5) / 0.5 = (p - 0.5) / 0.5 = (255 p - 127.5) / 127.5,
///    so the first filter is divided by 127.5 and the mean is 127.5. The zeros of the padding come after
///    both, there and here.
///
/// Takes the layer's tensors: `name`.conv.weight, `name`.bn.weight, .bias, .running_mean, .running_var; the
/// classifier has `name`.weight and .bias. A network of tutorials, whose input is the same, has a `name`.conv.bias
/// in place of the batch normalisation. Throws Error{input} naming `origin`, the file, and the tensor.
ConvLayer torchvision_layer(const LayerSpec& spec, const std::string& name, NamedTensors& tensors,
                            LayerShapes& shapes, const std::string& origin);

}  // namespace limpid
