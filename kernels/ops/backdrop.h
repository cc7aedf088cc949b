// Pictures with opacity in front of a background, as the network is shown them.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// shown = opacity * colour + (1 - opacity) * background, per channel of each pixel: exactly the colour where
/// the opacity is 1 and exactly the background where it is 0 (lucid's collapse_alpha_random).
struct Backdrop {
  Planar<const float> picture;     ///< n x 4 x h x w: colours, then opacity in [0, 1]. Finite.
  Planar<const float> background;  ///< n x 3 x h x w, finite.
  Planar<float> shown;             ///< Like `background`; other memory.
};

/// dL/dpicture from dL/dshown: of a colour opacity * dshown, of the opacity the sum over the channels of
/// (colour - background) * dshown. The background is a constant.
struct BackdropAdjoint {
  Planar<const float> picture;  ///< Those of the forward operation.
  Planar<const float> background;
  Planar<const float> dshown;  ///< n x 3 x h x w.
  Planar<float> dpicture;      ///< n x 4 x h x w; other memory.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const Backdrop& op, const OpContract& contract);
void check(const BackdropAdjoint& op, const OpContract& contract);

namespace cpu {
void backdrop(const Stream&, const Backdrop&);
void backdrop_adjoint(const Stream&, const BackdropAdjoint&);
}  // namespace cpu
namespace cuda {
void backdrop(const Stream&, const Backdrop&);
void backdrop_adjoint(const Stream&, const BackdropAdjoint&);
}  // namespace cuda

}  // namespace limpid
