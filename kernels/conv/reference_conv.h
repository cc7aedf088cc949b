// Convolution by its definition on the GPU, and what a candidate is measured against with it.
#pragma once

#include <cstdint>

#include "kernels/conv/conv.h"
#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid::cuda {

/// One thread an output, sums in fp32 in the order r, s, channel. `filter` is K x R x S x C and `bias` K,
/// fp32 on the device; the bias and ReLU are fprop's. Writes the whole of target's extents, n x h x w x
/// channels, to `result`: with `accumulate`, the sum with what `target` holds.
struct ReferenceConv {
  ConvShape shape;
  ConvDirection direction = ConvDirection::fprop;
  bool relu = false;
  bool accumulate = false;
  Tensor source, target;
  const float* filter = nullptr;
  const float* bias = nullptr;
  float* result = nullptr;
};

void reference_conv(const Stream& stream, const ReferenceConv& op);

/// Fills `count` elements with numbers uniform on [-1, 1), drawn from (seed, position) and rounded to
/// `dtype`.
void fill_uniform(const Stream& stream, void* data, DType dtype, std::int64_t count, std::uint32_t seed);

/// Squared difference between a tensor and `expected` (n x h x w x channels), and squared norm of `expected`,
/// each as one fp64 partial sum for every pixel row of `target`: 2 x n x h of them, differences first. NaN
/// where the tensor has one.
void squared_error(const Stream& stream, const Tensor& target, const float* expected, double* partial);

}  // namespace limpid::cuda
