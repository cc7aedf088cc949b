// Textures that fill a picture.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "engine/procedural/pattern_coordinates.h"

namespace limpid {

/// Of a point of the picture: its tone, in about [0, 1], from the first to the last colour of a palette.
using Tone = std::function<double(double x, double y)>;

struct Texture {
  std::string_view name;
  Tone (*draw)(Sketch& sketch);
};

std::span<const Texture> textures();

}  // namespace limpid
