#include "tools/fit_image.h"

#include <stb/stb_image_resize.h>

#include <algorithm>
#include <new>

namespace limpid {

Image fit_to_network(Image image, int size) {
  if (image.height == size && image.width == size) return image;
  // Cropped first: scaling the whole of a long strip would take memory its visible part does not need.
  const int side = std::min(image.height, image.width);
  const std::size_t top = static_cast<std::size_t>(image.height - side) / 2;
  const std::size_t left = static_cast<std::size_t>(image.width - side) / 2;
  const float* corner = image.rgb.data() + (top * static_cast<std::size_t>(image.width) + left) * 3;
  const int pitch = image.width * 3 * static_cast<int>(sizeof(float));

  Image square{size, size,
               std::vector<float>(static_cast<std::size_t>(size) * static_cast<std::size_t>(size) * 3)};
  if (stbir_resize_float_generic(corner, side, side, pitch, square.rgb.data(), size, size, 0, 3,
                                 STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_FILTER_CATMULLROM,
                                 STBIR_COLORSPACE_LINEAR, nullptr) == 0) {
    throw std::bad_alloc();
  }
  for (float& value : square.rgb) value = std::clamp(value, 0.0F, 1.0F);
  return square;
}

}  // namespace limpid
