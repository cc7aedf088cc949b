// Arithmetic of backdrop, per value of a plane, and of its adjoint, per pixel.
#pragma once

#include <cstdint>

#include "kernels/core/host_device.h"
#include "kernels/ops/backdrop.h"

namespace limpid {

/// Works on one channel: images x 3 of them.
struct BackdropBody {
  const float *colour, *opacity, *background;
  float* shown;

  LIMPID_HD BackdropBody(const Backdrop& op, int channel)
      : colour(op.picture.plane(channel / 3, channel % 3)),
        opacity(op.picture.plane(channel / 3, 3)),
        background(op.background.plane(0, channel)),
        shown(op.shown.plane(0, channel)) {}

  struct Loaded {
    float colour, opacity, background;
  };
  LIMPID_HD Loaded load(std::int64_t i) const { return {colour[i], opacity[i], background[i]}; }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    shown[i] = x.opacity * x.colour + (1.0F - x.opacity) * x.background;
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

/// Works on one image.
struct BackdropAdjointBody {
  const float *r, *g, *b, *opacity;
  const float *background_r, *background_g, *background_b;
  const float *dshown_r, *dshown_g, *dshown_b;
  float *dr, *dg, *db, *dopacity;

  LIMPID_HD BackdropAdjointBody(const BackdropAdjoint& op, int image)
      : r(op.picture.plane(image, 0)),
        g(op.picture.plane(image, 1)),
        b(op.picture.plane(image, 2)),
        opacity(op.picture.plane(image, 3)),
        background_r(op.background.plane(image, 0)),
        background_g(op.background.plane(image, 1)),
        background_b(op.background.plane(image, 2)),
        dshown_r(op.dshown.plane(image, 0)),
        dshown_g(op.dshown.plane(image, 1)),
        dshown_b(op.dshown.plane(image, 2)),
        dr(op.dpicture.plane(image, 0)),
        dg(op.dpicture.plane(image, 1)),
        db(op.dpicture.plane(image, 2)),
        dopacity(op.dpicture.plane(image, 3)) {}

  struct Loaded {
    float opacity;
    float before_r, before_g, before_b;  ///< How far a colour lies from its background.
    float dshown_r, dshown_g, dshown_b;
  };
  LIMPID_HD Loaded load(std::int64_t i) const {
    return {opacity[i],
            r[i] - background_r[i],
            g[i] - background_g[i],
            b[i] - background_b[i],
            dshown_r[i],
            dshown_g[i],
            dshown_b[i]};
  }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    dr[i] = x.opacity * x.dshown_r;
    dg[i] = x.opacity * x.dshown_g;
    db[i] = x.opacity * x.dshown_b;
    dopacity[i] = x.before_r * x.dshown_r + x.before_g * x.dshown_g + x.before_b * x.dshown_b;
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

}  // namespace limpid
