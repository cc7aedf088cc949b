// Convolutions of planes of fp32, and their adjoints: what decoders of pictures are made of.
//
// The network's own convolutions are of grouped tensors and belong to libraries (kernels/conv). These are small, of fp32
// whatever the network computes in, and need no plan.
#pragma once

#include <cstdint>

#include "kernels/core/host_device.h"
#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// A convolution from c planes to k. Its windows are squares of `size` pixels, `stride` apart, which begin
/// (size - 1) / 2 before the first pixel: 1 of stride 1, 3 of stride 1, or 4 of stride 2.
struct PlaneFilter {
  const float* values;  ///< k x c x size x size.
  int k, c;
  int size, stride;

  LIMPID_HD int before() const { return (size - 1) / 2; }
};

/// What becomes of a sum before it is stored.
struct PlaneSum {
  const float* bias = nullptr;  ///< Added, one a plane; null for none.
  bool relu = false;            ///< Then max(sum, 0).
  /// Where the sum is a gradient: the values it is taken by, of the result's extents; null for none.
  const float* at = nullptr;
  bool masked = false;  ///< No gradient where they are 0 or below: a ReLU made them.
  float pull = 0;       ///< Then `pull` times those values are subtracted.
};

/// y(k, i, j) = sum over c, r, s of filter(k, c, r, s) x(c, stride i + r - before, stride j + s - before), zeros beyond x.
struct PlaneConv {
  PlaneFilter filter;
  Planar<const float> x;  ///< n x c x stride h x stride w.
  PlaneSum sum;           ///< Of y.
  Planar<float> y;        ///< n x k x h x w.
};

/// x from y: with stride 2 the transposed convolution that doubles a map's sides.
struct PlaneConvAdjoint {
  PlaneFilter filter;
  Planar<const float> y;
  PlaneSum sum;  ///< Of x.
  Planar<float> x;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const PlaneConv& op, const OpContract& contract);
void check(const PlaneConvAdjoint& op, const OpContract& contract);

namespace cpu {
void plane_conv(const Stream&, const PlaneConv&);
void plane_conv_adjoint(const Stream&, const PlaneConvAdjoint&);
}  // namespace cpu
namespace cuda {
void plane_conv(const Stream&, const PlaneConv&);
void plane_conv_adjoint(const Stream&, const PlaneConvAdjoint&);
}  // namespace cuda

}  // namespace limpid
