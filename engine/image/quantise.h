// From [0, 1] to the eight bits a picture file, or a tile of a store, holds.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/limpid.hpp"

namespace limpid {

/// round(255 v), clipped to 0..255; height x width x 3.
inline std::vector<std::uint8_t> quantise(const Image& image) {
  std::vector<std::uint8_t> pixels(image.rgb.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const float value = 255.0F * image.rgb[i] + 0.5F;
    // Written so that NaN, too, becomes a defined value.
    pixels[i] = static_cast<std::uint8_t>(value >= 0 ? (value < 255 ? value : 255.0F) : 0.0F);
  }
  return pixels;
}

}  // namespace limpid
