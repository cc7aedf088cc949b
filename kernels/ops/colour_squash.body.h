// Arithmetic of colour_squash and its adjoint, per pixel.
#pragma once

#include "kernels/core/exp.h"
#include "kernels/core/host_device.h"
#include "kernels/ops/colour_squash.h"

namespace limpid {

/// The three channel planes of one image.
template <class T>
struct ColourPlanes {
  T *c0, *c1, *c2;
  LIMPID_HD ColourPlanes(const Planar<T>& images, int image)
      : c0(images.plane(image, 0)), c1(images.plane(image, 1)), c2(images.plane(image, 2)) {}
};

struct ColourSquashBody {
  ColourPlanes<const float> latent;
  ColourPlanes<float> rgb;
  ColourMatrix matrix;

  LIMPID_HD ColourSquashBody(const ColourSquash& op, int image)
      : latent(op.latent, image), rgb(op.rgb, image), matrix(op.matrix) {}

  LIMPID_HD void operator()(std::int64_t i) const {
    const float l0 = latent.c0[i], l1 = latent.c1[i], l2 = latent.c2[i];
    const auto& m = matrix.value;
    rgb.c0[i] = sigmoid(m[0][0] * l0 + m[0][1] * l1 + m[0][2] * l2);
    rgb.c1[i] = sigmoid(m[1][0] * l0 + m[1][1] * l1 + m[1][2] * l2);
    rgb.c2[i] = sigmoid(m[2][0] * l0 + m[2][1] * l1 + m[2][2] * l2);
  }
};

struct ColourSquashAdjointBody {
  ColourPlanes<const float> rgb, drgb;
  ColourPlanes<float> dlatent;
  ColourMatrix matrix;

  LIMPID_HD ColourSquashAdjointBody(const ColourSquashAdjoint& op, int image)
      : rgb(op.rgb, image), drgb(op.drgb, image), dlatent(op.dlatent, image), matrix(op.matrix) {}

  LIMPID_HD void operator()(std::int64_t i) const {
    // sigmoid' = sigmoid (1 - sigmoid).
    const float g0 = drgb.c0[i] * rgb.c0[i] * (1.0F - rgb.c0[i]);
    const float g1 = drgb.c1[i] * rgb.c1[i] * (1.0F - rgb.c1[i]);
    const float g2 = drgb.c2[i] * rgb.c2[i] * (1.0F - rgb.c2[i]);
    const auto& m = matrix.value;
    dlatent.c0[i] = m[0][0] * g0 + m[1][0] * g1 + m[2][0] * g2;
    dlatent.c1[i] = m[0][1] * g0 + m[1][1] * g1 + m[2][1] * g2;
    dlatent.c2[i] = m[0][2] * g0 + m[1][2] * g1 + m[2][2] * g2;
  }
};

}  // namespace limpid
