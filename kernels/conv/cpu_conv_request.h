// What a convolution of the CPU backend is asked for.
#pragma once

#include <string>

#include "kernels/conv/conv.h"

namespace limpid::cpu {

/// y = x * filter (+ bias) (then ReLU), or y += x * filter. The dgrad of a stride-1 convolution takes this
/// form too, with the filter transposed and turned by 180 degrees, so one kernel family serves both
/// directions.
struct CpuConvRequest {
  std::string layer;
  ConvShape shape;
  int batch = 1;  ///< Images of a run at most.
  bool relu = false;
  bool accumulate = false;
  int threads = 1;
};

}  // namespace limpid::cpu
