// From latent values to colours: a colour matrix, then a squash into [0, 1].
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/squash.h"

namespace limpid {

class OpContract;

/// rgb = value * latent, per pixel; rows are R, G, B.
struct ColourMatrix {
  float value[3][3];
  bool operator==(const ColourMatrix&) const = default;
};

/// Latent channels are the colours.
inline constexpr ColourMatrix kPlainColours = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

/// Latent channels are the principal axes of natural pictures' colours, longest first: lucid's square root of
/// the ImageNet colour covariance, divided by its largest column norm, 0.46195238.
inline constexpr ColourMatrix kDecorrelatedColours = {{{0.56282854F, 0.19482528F, 0.04329450F},
                                                       {0.58447580F, 0.0F, -0.10823626F},
                                                       {0.58447580F, -0.19482528F, 0.06494176F}}};

/// Added to every colour before it is clipped.
struct ColourOffset {
  float value[3] = {};
  bool operator==(const ColourOffset&) const = default;
};

/// Mean colour of ImageNet, which lucid adds where decorrelated colours are clipped, and nowhere else.
inline constexpr ColourOffset kMeanColour = {{0.48F, 0.46F, 0.41F}};

/// Squash::sigmoid: rgb = 1 / (1 + e^-x), x = matrix * latent, strictly inside (0, 1) for |x| < 16.
/// Squash::clip: rgb = x cut off at 0 and 1, x = matrix * latent + offset (lucid's x / max(1, |x|) on 2x -
/// 1). A latent of one colour plane is gray: R = G = B = squash(latent), without matrix and offset. Where
/// `rgb` has a fourth plane, it is the opacity: the logistic function of the latent's last plane, whatever
/// the squash (lucid). NaN stays NaN.
struct ColourSquash {
  Planar<const float> latent;  ///< n x c x h x w: 3 colour planes or 1, then one of opacity where rgb has it.
  Planar<float> rgb;           ///< n x 3 or 4 x h x w; may be the memory of `latent` where c is the same.
  ColourMatrix matrix;
  Squash squash = Squash::sigmoid;
  ColourOffset offset = {};
};

/// dL/dlatent from dL/drgb and the rgb that ColourSquash made. Of the sigmoid exact; of the clip lucid's
/// projected straight-through gradient for a value being maximised: that of the identity, but zero where the
/// colour is at an end of its range and the gradient points out of it. So a colour cut off can come back.
struct ColourSquashAdjoint {
  Planar<const float> rgb;   ///< n x 3 or 4 x h x w.
  Planar<const float> drgb;  ///< Like `rgb`.
  Planar<float> dlatent;     ///< As `latent` was; may be the memory of `drgb` where c is the same.
  ColourMatrix matrix;       ///< Those of the forward operation.
  Squash squash = Squash::sigmoid;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const ColourSquash& op, const OpContract& contract);
void check(const ColourSquashAdjoint& op, const OpContract& contract);

namespace cpu {
void colour_squash(const Stream&, const ColourSquash&);
void colour_squash_adjoint(const Stream&, const ColourSquashAdjoint&);
}  // namespace cpu
namespace cuda {
void colour_squash(const Stream&, const ColourSquash&);
void colour_squash_adjoint(const Stream&, const ColourSquashAdjoint&);
}  // namespace cuda

}  // namespace limpid
