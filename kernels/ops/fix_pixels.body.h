// Arithmetic of fix_pixels and its adjoint, per value. A body works on one plane: images x channels of them.
#pragma once

#include "kernels/core/host_device.h"
#include "kernels/ops/fix_pixels.h"

namespace limpid {

/// The mask of a plane of a picture with so many channels.
LIMPID_HD const float* mask_plane(const Planar<const float>& mask, int plane, int channels) {
  return mask.plane(plane / channels, mask.c == 1 ? 0 : plane % channels);
}

struct FixPixelsBody {
  float* rgb;
  const float *fixed, *mask;

  LIMPID_HD FixPixelsBody(const FixPixels& op, int plane)
      : rgb(op.rgb.plane(0, plane)),
        fixed(op.fixed.plane(0, plane)),
        mask(mask_plane(op.mask, plane, op.rgb.c)) {}

  struct Loaded {
    float rgb, fixed, mask;
  };
  LIMPID_HD Loaded load(std::int64_t i) const { return {rgb[i], fixed[i], mask[i]}; }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    rgb[i] = (1.0F - x.mask) * x.rgb + x.mask * x.fixed;
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

struct FixPixelsAdjointBody {
  float* drgb;
  const float* mask;

  LIMPID_HD FixPixelsAdjointBody(const FixPixelsAdjoint& op, int plane)
      : drgb(op.drgb.plane(0, plane)), mask(mask_plane(op.mask, plane, op.drgb.c)) {}

  struct Loaded {
    float drgb, mask;
  };
  LIMPID_HD Loaded load(std::int64_t i) const { return {drgb[i], mask[i]}; }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const { drgb[i] = (1.0F - x.mask) * x.drgb; }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

}  // namespace limpid
