// The transforms that a picture can be looked at through.
#pragma once

#include <cstdint>

namespace limpid {

/// What one transform does. engine/image/transforms.h has the text form and what its numbers mean.
enum class TransformKind : std::int32_t {
  pad,          ///< A border of one value. Nothing is drawn.
  reflect_pad,  ///< A border that mirrors the picture. Nothing is drawn.
  jitter,
  scale,
  rotate,
  shear,
  homography,
  flip,
  crop,
  centre_crop,
  blur,
  noise,
  contrast,
  brightness,
  saturation,
  hue,
};

}  // namespace limpid
