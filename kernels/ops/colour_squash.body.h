// Arithmetic of colour_squash and its adjoint, per pixel.
#pragma once

#include <cstdint>

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

/// What the compiler knows of an operation.
template <Squash kSquash_, bool kGray_, bool kOpacity_>
struct ColourForm {
  static constexpr Squash kSquash = kSquash_;
  static constexpr bool kGray = kGray_;
  static constexpr bool kOpacity = kOpacity_;
};

/// f(form) with the form of an operation between latents of `latent_planes` and colours of `rgb_planes`.
template <class F>
void with_colour_form(Squash squash, int latent_planes, int rgb_planes, const F& f) {
  const bool opacity = rgb_planes == 4;
  const bool gray = latent_planes == (opacity ? 2 : 1);
  const auto with_planes = [&]<Squash kSquash>() {
    if (gray) {
      opacity ? f(ColourForm<kSquash, true, true>{}) : f(ColourForm<kSquash, true, false>{});
    } else {
      opacity ? f(ColourForm<kSquash, false, true>{}) : f(ColourForm<kSquash, false, false>{});
    }
  };
  squash == Squash::sigmoid ? with_planes.template operator()<Squash::sigmoid>()
                            : with_planes.template operator()<Squash::clip>();
}

template <Squash kSquash>
LIMPID_HD float squash_colour(float x) {
  if constexpr (kSquash == Squash::sigmoid) return sigmoid(x);
  // Ordered so that NaN passes.
  x = x < 0.0F ? 0.0F : x;
  return x > 1.0F ? 1.0F : x;
}

/// dL/dx from dL/dcolour.
template <Squash kSquash>
LIMPID_HD float squash_adjoint(float colour, float dcolour) {
  if constexpr (kSquash == Squash::sigmoid) return dcolour * colour * (1.0F - colour);
  const bool leaves = (colour >= 1.0F && dcolour > 0.0F) || (colour <= 0.0F && dcolour < 0.0F);
  return leaves ? 0.0F : dcolour;
}

template <class Form>
struct ColourSquashBody {
  const float *l0, *l1, *l2, *opacity_latent;
  ColourPlanes<float> rgb;
  float* opacity;
  ColourMatrix matrix;
  ColourOffset offset;

  LIMPID_HD ColourSquashBody(const ColourSquash& op, int image)
      : l0(op.latent.plane(image, 0)),
        l1(Form::kGray ? l0 : op.latent.plane(image, 1)),
        l2(Form::kGray ? l0 : op.latent.plane(image, 2)),
        opacity_latent(Form::kOpacity ? op.latent.plane(image, op.latent.c - 1) : nullptr),
        rgb(op.rgb, image),
        opacity(Form::kOpacity ? op.rgb.plane(image, 3) : nullptr),
        matrix(op.matrix),
        offset(op.offset) {}

  struct Loaded {
    Colour latent;
    float opacity;
  };
  LIMPID_HD Loaded load(std::int64_t i) const {
    Loaded x{};
    x.latent.c0 = l0[i];
    if constexpr (!Form::kGray) {
      x.latent.c1 = l1[i];
      x.latent.c2 = l2[i];
    }
    if constexpr (Form::kOpacity) x.opacity = opacity_latent[i];
    return x;
  }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    const Colour& l = x.latent;
    if constexpr (Form::kGray) {
      const float gray = squash_colour<Form::kSquash>(l.c0);
      rgb.c0[i] = gray;
      rgb.c1[i] = gray;
      rgb.c2[i] = gray;
    } else {
      rgb.c0[i] = colour<0>(l);
      rgb.c1[i] = colour<1>(l);
      rgb.c2[i] = colour<2>(l);
    }
    if constexpr (Form::kOpacity) opacity[i] = sigmoid(x.opacity);
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }

 private:
  template <int kRow>
  LIMPID_HD float colour(const Colour& l) const {
    const auto& m = matrix.value[kRow];
    float x = m[0] * l.c0 + m[1] * l.c1 + m[2] * l.c2;
    if constexpr (Form::kSquash == Squash::clip) x += offset.value[kRow];
    return squash_colour<Form::kSquash>(x);
  }
};

template <class Form>
struct ColourSquashAdjointBody {
  ColourPlanes<const float> rgb, drgb;
  const float *opacity, *dopacity;
  float *d0, *d1, *d2, *dopacity_latent;
  ColourMatrix matrix;

  LIMPID_HD ColourSquashAdjointBody(const ColourSquashAdjoint& op, int image)
      : rgb(op.rgb, image),
        drgb(op.drgb, image),
        opacity(Form::kOpacity ? op.rgb.plane(image, 3) : nullptr),
        dopacity(Form::kOpacity ? op.drgb.plane(image, 3) : nullptr),
        d0(op.dlatent.plane(image, 0)),
        d1(Form::kGray ? nullptr : op.dlatent.plane(image, 1)),
        d2(Form::kGray ? nullptr : op.dlatent.plane(image, 2)),
        dopacity_latent(Form::kOpacity ? op.dlatent.plane(image, op.dlatent.c - 1) : nullptr),
        matrix(op.matrix) {}

  struct Loaded {
    Colour rgb, drgb;
    float opacity, dopacity;
  };
  LIMPID_HD Loaded load(std::int64_t i) const {
    Loaded x{rgb.load(i), drgb.load(i), 0, 0};
    if constexpr (Form::kOpacity) {
      x.opacity = opacity[i];
      x.dopacity = dopacity[i];
    }
    return x;
  }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    const float g0 = squash_adjoint<Form::kSquash>(x.rgb.c0, x.drgb.c0);
    const float g1 = squash_adjoint<Form::kSquash>(x.rgb.c1, x.drgb.c1);
    const float g2 = squash_adjoint<Form::kSquash>(x.rgb.c2, x.drgb.c2);
    if constexpr (Form::kGray) {
      d0[i] = g0 + g1 + g2;
    } else {
      const auto& m = matrix.value;
      d0[i] = m[0][0] * g0 + m[1][0] * g1 + m[2][0] * g2;
      d1[i] = m[0][1] * g0 + m[1][1] * g1 + m[2][1] * g2;
      d2[i] = m[0][2] * g0 + m[1][2] * g1 + m[2][2] * g2;
    }
    if constexpr (Form::kOpacity) {
      dopacity_latent[i] = squash_adjoint<Squash::sigmoid>(x.opacity, x.dopacity);
    }
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

}  // namespace limpid
