// The size of each picture's gradient, for ascents by steps of one length.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"

namespace limpid {

class OpContract;

/// Parts in which the gradient of an image is summed.
inline constexpr int kGradientNormParts = 64;

/// factor = 1 / (rms + 1e-20), with rms the root of the mean over an image's planes x count values of
/// (gradient * gradient_scale)^2: the gradient times the factor has mean square 1, and a gradient of zeros
/// stays one. (Lucid's normalize_gradient divides by the root of the sum, so its steps are sqrt(planes count)
/// times shorter at the same rate.) Sums are in double precision and in an order that depends on the image
/// alone.
struct GradientNorm {
  const float* gradient;        ///< images x planes x count.
  const float* gradient_scale;  ///< count factors, the same for every plane; null for none.
  double* parts;                ///< images x kGradientNormParts, overwritten.
  float* factor;                ///< One per image.
  int images;
  int planes;
  std::int64_t count;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const GradientNorm& op, const OpContract& contract);

namespace cpu {
void gradient_norm(const Stream&, const GradientNorm&);
}
namespace cuda {
void gradient_norm(const Stream&, const GradientNorm&);
}

}  // namespace limpid
