// How an executor computes.
#pragma once

#include "kernels/core/dtype.h"

namespace limpid {

/// How a plan is computed.
struct ExecutorOptions {
  DType dtype = DType::f32;
  bool tf32 = false;  ///< f32 on a GPU: products of convolutions in TF32.
  /// Factor on every gradient inside the network, taken off again with the input gradient: it keeps fp16's
  /// from vanishing. Values of objectives are free of it. A power of two changes no other rounding.
  float gradient_scale = 1;
  /// Convolutions keep equal patches equal (ConvRequest::translation_exact). Flat regions of a photograph tie
  /// in max-pools (223 of 70,568 windows of maxpool1 in one); under Winograd the tie falls by the place
  /// within a tile, which is as good a subgradient but another one, and the input gradient of mixed4a:11
  /// moves by 1.5e-3. Answers that are to be compared with other programs want it; optimisation does not care
  /// and is faster without.
  bool translation_exact = false;
};

}  // namespace limpid
