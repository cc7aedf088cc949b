// The picture as a view shows it to the network, in one resampling, and the adjoint: what `Warp` does, for
// views with a horizon, a mirrored border, changed colours or noise.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/view.h"
#include "kernels/ops/warp.h"

namespace limpid {

class OpContract;

/// network[c](x, y) = scale * seen[channel[c]] - mean[c], where seen = colour * picture(map(x, y)) + offset +
/// noise * z, the picture sampled bilinearly, mirrored about its outermost pixels by `reflect` pixels and
/// continued by `fill` from there. z are normal values of (view's key, RandomPurpose::view_noise, its draw,
/// the pixel), another one for each channel. Colours are not clamped.
struct ViewWarp {
  Planar<const float> picture;  ///< n x 3 x h x w.
  Planar<float> network;        ///< n draws x 3 x H x W; no data: `grouped` is written instead.
  const View* views;            ///< One per image of the network. Their `reflect` is less than h and w.
  InputScaling scaling;
  Tensor grouped = {};  ///< n draws x 8 x H x W, as in Warp.
  int draws = 1;        ///< Views of each picture: network image m looks at picture m / draws.
};

/// gradient_scale * dL/dpicture from dL/dnetwork, averaged over the views of a picture. Every picture pixel
/// sums the network pixels that looked at it or at one of its mirror images, in a fixed order.
struct ViewWarpAdjoint {
  Planar<const float> dnetwork;  ///< n draws x 3 x H x W; no data: `grouped` is read instead.
  Planar<float> dpicture;        ///< n x 3 x h x w, overwritten.
  const View* views;             ///< Those of the forward operation; their maps are invertible.
  InputScaling scaling;
  Tensor grouped = {};       ///< As in WarpAdjoint.
  float gradient_scale = 1;  ///< Takes back the scale that kept dL/dnetwork in the range of its dtype.
  int draws = 1;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const ViewWarp& op, const OpContract& contract);
void check(const ViewWarpAdjoint& op, const OpContract& contract);

namespace cpu {
void view_warp(const Stream&, const ViewWarp&);
void view_warp_adjoint(const Stream&, const ViewWarpAdjoint&);
}  // namespace cpu
namespace cuda {
void view_warp(const Stream&, const ViewWarp&);
void view_warp_adjoint(const Stream&, const ViewWarpAdjoint&);
}  // namespace cuda

}  // namespace limpid
