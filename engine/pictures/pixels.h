// From the samples of a picture file to a picture.
#pragma once

#include <cstddef>

#include "engine/image/image.h"

namespace limpid {

/// RGB or RGBA (`channels` 3 or 4) of values 0..`top`, as RGB in [0, 1]; what is transparent, on white.
template <class T>
Image opaque_image(const T* samples, int height, int width, std::size_t channels, T top) {
  const auto count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  const auto share = [top](T sample) { return static_cast<float>(sample) / static_cast<float>(top); };
  Image image{height, width, std::vector<float>(count * 3)};
  for (std::size_t p = 0; p < count; ++p) {
    const T* pixel = samples + p * channels;
    const float alpha = channels == 4 ? share(pixel[3]) : 1.0F;
    for (std::size_t c = 0; c < 3; ++c) image.rgb[3 * p + c] = alpha * share(pixel[c]) + (1 - alpha);
  }
  return image;
}

/// The same as the file holds it: straight, with its alpha where there are four channels.
template <class T>
Image straight_image(const T* samples, int height, int width, std::size_t channels, T top) {
  const auto count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  const auto share = [top](T sample) { return static_cast<float>(sample) / static_cast<float>(top); };
  Image image{height, width, std::vector<float>(count * 3)};
  if (channels == 4) image.alpha.resize(count);
  for (std::size_t p = 0; p < count; ++p) {
    const T* pixel = samples + p * channels;
    for (std::size_t c = 0; c < 3; ++c) image.rgb[3 * p + c] = share(pixel[c]);
    if (channels == 4) image.alpha[p] = share(pixel[3]);
  }
  return image;
}

}  // namespace limpid
