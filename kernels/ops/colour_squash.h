// From latent values to colours: a colour matrix, then the logistic function.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

/// rgb = value * latent, per pixel; rows are R, G, B.
struct ColourMatrix {
  float value[3][3];
};

/// Latent channels are the colours.
inline constexpr ColourMatrix kPlainColours = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

/// Latent channels are the principal axes of natural pictures' colours, longest first: lucid's square root of
/// the ImageNet colour covariance, divided by its largest column norm, 0.46195238.
inline constexpr ColourMatrix kDecorrelatedColours = {{{0.56282854F, 0.19482528F, 0.04329450F},
                                                       {0.58447580F, 0.0F, -0.10823626F},
                                                       {0.58447580F, -0.19482528F, 0.06494176F}}};

/// rgb = sigmoid(matrix * latent). Results lie in [0, 1], strictly inside for |matrix * latent| < 16.
struct ColourSquash {
  Planar<const float> latent;  ///< n x 3 x h x w.
  Planar<float> rgb;           ///< Like `latent`; may be the same memory.
  ColourMatrix matrix;
};

/// dL/dlatent from dL/drgb and the rgb that ColourSquash made.
struct ColourSquashAdjoint {
  Planar<const float> rgb;   ///< n x 3 x h x w.
  Planar<const float> drgb;  ///< Like `rgb`.
  Planar<float> dlatent;     ///< Like `rgb`; may be the memory of `drgb`.
  ColourMatrix matrix;       ///< That of the forward operation.
};

namespace cpu {
void colour_squash(const Stream&, const ColourSquash&);
void colour_squash_adjoint(const Stream&, const ColourSquashAdjoint&);
}  // namespace cpu
namespace cuda {
void colour_squash(const Stream&, const ColourSquash&);
void colour_squash_adjoint(const Stream&, const ColourSquashAdjoint&);
}  // namespace cuda

}  // namespace limpid
