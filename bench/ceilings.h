// What the device at hand can do at best: the roofline that operations are held against.
#pragma once

#include "engine/network/card.h"
#include "kernels/backend.h"

namespace limpid::bench {

struct CeilingOptions {
  int copy_mebibytes = 256;  ///< Of each operand of the copy: far beyond any cache.
  int gemm_images = 1;       ///< Of 28 x 28 positions each: rows of the matrix product.
  double seconds = 0.05;     ///< Of a sample; the best of five counts.
};

/// Measures bandwidth with the ReLU mask over tensors of `copy_mebibytes` (two read, one written), and the
/// rate of matrix products with a 1x1 convolution of 1024 channels to 1024, in fp32 and at `precision`. Rates
/// of other precisions stay 0. Throws Error{runtime} when memory is short.
Card measure_ceilings(Backend& backend, const Stream& stream, Precision precision,
                      const CeilingOptions& options);

}  // namespace limpid::bench
