// One random view of a picture, as drawn: where it looks, and what it does to colours.
#pragma once

#include <cstdint>

#include "kernels/core/slot_key.h"

namespace limpid {

/// Takes the centre of network pixel (x, y) to a point of the picture, both in pixels with integer centres:
/// ((xx x + xy y + x0) / d, (yx x + yy y + y0) / d) with d = dx x + dy y + d0, where d >= kLeastDepth. Where
/// it is not, the view looks past the horizon, at nothing but fill.
struct ProjectiveMap {
  static constexpr float kLeastDepth = 1.0F / 16;

  float xx = 1, xy = 0, x0 = 0;
  float yx = 0, yy = 1, y0 = 0;
  float dx = 0, dy = 0, d0 = 1;
};

/// What the network sees is colour * sample + offset + noise * normal values, of picture values R, G, B.
struct View {
  ProjectiveMap map;
  float colour[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};  ///< 3 x 3, a row for each channel of the result.
  float offset[3] = {0, 0, 0};
  float fill = 0.5F;         ///< Beyond the picture and its reflection.
  std::int32_t reflect = 0;  ///< Pixels by which the picture is mirrored outwards about its outermost pixels.
  float noise = 0;           ///< Standard deviation.
  std::uint32_t draw = 0;    ///< Number of the view among those of its picture in this step.
  SlotKey key;               ///< Whose noise it takes.
};

}  // namespace limpid
