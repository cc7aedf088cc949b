// The convolutions of InceptionV1 as a GPU runs them, taken from the planner.
#pragma once

#include <vector>

#include "kernels/conv/conv.h"

namespace limpid::test {

/// A convolution and where its operands begin within the buffers they are slices of, in channel groups.
struct NetworkConv {
  ConvRequest request;
  int source_first = 0;
  int target_first = 0;
};

/// Every convolution of a pass through mixed5b and the classifier and back, at 224 pixels: each that differs
/// from the others in shape, strides or epilogue once. In fp32; the network's first convolution has one
/// channel group.
std::vector<NetworkConv> network_convs(int batch);

}  // namespace limpid::test
