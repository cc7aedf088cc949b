// One convolution as cuDNN's graphs describe it: with bias and ReLU, or the gradient of its input.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tests/cuda_on_cpu/numbers.h"

namespace emulated {

struct ConvTensor {
  std::int64_t id = 0;
  Number type = Number::f32;
  std::array<std::int64_t, 4> dims{}, strides{};  ///< n, c, h, w.
  bool intermediate = false;

  std::size_t at(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) const {
    return static_cast<std::size_t>(n * strides[0] + c * strides[1] + h * strides[2] + w * strides[3]);
  }
};

struct Convolution {
  bool fprop = true, relu = false, tensor_cores = false;
  ConvTensor source, filter, target, bias;
  std::array<std::int64_t, 2> before{}, after{}, stride{};
  float beta = 0;
  float factor = 1;  ///< Of the sums, so that results tell algorithms apart.

  std::string name() const;
  /// Empty, or what does not fit together.
  std::string fault() const;
};

struct ConvPointers {
  const void *source = nullptr, *filter = nullptr, *bias = nullptr;
  void *target = nullptr, *workspace = nullptr;
  std::size_t workspace_bytes = 0;  ///< Filled with rubbish.
};

/// Sums in fp32. Within an operation.
void run(const Convolution& conv, const ConvPointers& pointers);

}  // namespace emulated
