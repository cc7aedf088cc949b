// From [0, 1] to the eight bits a picture file, or a tile of a store, holds.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// round(255 v), clipped to 0..255.
inline std::uint8_t quantise(float v) {
  const float value = 255.0F * v + 0.5F;
  // Written so that NaN, too, becomes a defined value.
  return static_cast<std::uint8_t>(value >= 0 ? (value < 255 ? value : 255.0F) : 0.0F);
}

/// The colours of every pixel; height x width x 3.
inline std::vector<std::uint8_t> quantise(const Image& image) {
  std::vector<std::uint8_t> pixels(image.rgb.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = quantise(image.rgb[i]);
  return pixels;
}

/// The same and its alpha, which it must have; height x width x 4.
inline std::vector<std::uint8_t> quantise_rgba(const Image& image) {
  std::vector<std::uint8_t> pixels(4 * image.alpha.size());
  for (std::size_t i = 0; i < image.alpha.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) pixels[4 * i + c] = quantise(image.rgb[3 * i + c]);
    pixels[4 * i + 3] = quantise(image.alpha[i]);
  }
  return pixels;
}

}  // namespace limpid
