// Arithmetic of colour_squash and its adjoint, per pixel.
#pragma once

#include "kernels/core/exp.h"
#include "kernels/core/host_device.h"
#include "kernels/ops/colour_squash.h"

namespace limpid {

/// The three channels of one pixel.
struct Colour {
  float c0, c1, c2;
};

/// The three channel planes of one image.
template <class T>
struct ColourPlanes {
  T *c0, *c1, *c2;
  LIMPID_HD ColourPlanes(const Planar<T>& images, int image)
      : c0(images.plane(image, 0)), c1(images.plane(image, 1)), c2(images.plane(image, 2)) {}
  LIMPID_HD Colour load(std::int64_t i) const { return {c0[i], c1[i], c2[i]}; }
};

struct ColourSquashBody {
  ColourPlanes<const float> latent;
  ColourPlanes<float> rgb;
  ColourMatrix matrix;

  LIMPID_HD ColourSquashBody(const ColourSquash& op, int image)
      : latent(op.latent, image), rgb(op.rgb, image), matrix(op.matrix) {}

  LIMPID_HD Colour load(std::int64_t i) const { return latent.load(i); }
  LIMPID_HD void store(std::int64_t i, const Colour& l) const {
    const auto& m = matrix.value;
    rgb.c0[i] = sigmoid(m[0][0] * l.c0 + m[0][1] * l.c1 + m[0][2] * l.c2);
    rgb.c1[i] = sigmoid(m[1][0] * l.c0 + m[1][1] * l.c1 + m[1][2] * l.c2);
    rgb.c2[i] = sigmoid(m[2][0] * l.c0 + m[2][1] * l.c1 + m[2][2] * l.c2);
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

struct ColourSquashAdjointBody {
  ColourPlanes<const float> rgb, drgb;
  ColourPlanes<float> dlatent;
  ColourMatrix matrix;

  LIMPID_HD ColourSquashAdjointBody(const ColourSquashAdjoint& op, int image)
      : rgb(op.rgb, image), drgb(op.drgb, image), dlatent(op.dlatent, image), matrix(op.matrix) {}

  struct Loaded {
    Colour rgb, drgb;
  };
  LIMPID_HD Loaded load(std::int64_t i) const { return {rgb.load(i), drgb.load(i)}; }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    // sigmoid' = sigmoid (1 - sigmoid).
    const float g0 = x.drgb.c0 * x.rgb.c0 * (1.0F - x.rgb.c0);
    const float g1 = x.drgb.c1 * x.rgb.c1 * (1.0F - x.rgb.c1);
    const float g2 = x.drgb.c2 * x.rgb.c2 * (1.0F - x.rgb.c2);
    const auto& m = matrix.value;
    dlatent.c0[i] = m[0][0] * g0 + m[1][0] * g1 + m[2][0] * g2;
    dlatent.c1[i] = m[0][1] * g0 + m[1][1] * g1 + m[2][1] * g2;
    dlatent.c2[i] = m[0][2] * g0 + m[1][2] * g1 + m[2][2] * g2;
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

}  // namespace limpid
