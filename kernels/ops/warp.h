// One bilinear resampling of the picture to the network's input, and its adjoint.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/input_scaling.h"

namespace limpid {

class OpContract;

/// network[c](x, y) = scale * picture[channel[c]](map(x, y)) - mean[c], the picture sampled bilinearly and
/// continued by `fill` without end. Scale and mean are applied in one rounding (a fused multiply-add). Where
/// the map is the identity the sample is the picture's value itself.
struct Warp {
  Planar<const float> picture;  ///< n x 3 x h x w.
  Planar<float> network;        ///< n draws x 3 x H x W; no data: `grouped` is written instead.
  const AffineMap* maps;        ///< One per image of the network.
  const float* fill;            ///< One per picture, a picture value.
  InputScaling scaling;
  Tensor grouped =
      {};  ///< n draws x 8 x H x W, one group: the three channels, rounded to its dtype, and five of zeros.
  int draws = 1;  ///< Views of each picture: network image m looks at picture m / draws.
};

/// gradient_scale * dL/dpicture from dL/dnetwork. Every picture pixel sums the network pixels that looked at
/// it, in a fixed order.
struct WarpAdjoint {
  Planar<const float> dnetwork;  ///< n draws x 3 x H x W; no data: `grouped` is read instead.
  Planar<float> dpicture;        ///< n x 3 x h x w, overwritten.
  const AffineMap* maps;         ///< Those of the forward operation; invertible.
  InputScaling scaling;
  Tensor grouped =
      {};  ///< dL/dnetwork as one group of n draws x 8 x H x W; the last five channels do not matter.
  float gradient_scale = 1;  ///< Takes back the scale that kept dL/dnetwork in the range of its dtype.
  int draws = 1;             ///< Views of each picture, whose gradients are averaged.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const Warp& op, const OpContract& contract);
void check(const WarpAdjoint& op, const OpContract& contract);

namespace cpu {
void warp(const Stream&, const Warp&);
void warp_adjoint(const Stream&, const WarpAdjoint&);
}  // namespace cpu
namespace cuda {
void warp(const Stream&, const Warp&);
void warp_adjoint(const Stream&, const WarpAdjoint&);
}  // namespace cuda

}  // namespace limpid
