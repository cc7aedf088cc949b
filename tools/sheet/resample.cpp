#include "tools/sheet/resample.h"

#include <stb/stb_image_resize.h>

#include <algorithm>
#include <cmath>
#include <new>

namespace limpid {

PictureSize fit_inside(PictureSize size, int side) {
  const int longest = std::max(size.height, size.width);
  if (longest <= side) return size;
  const auto scaled = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) * side / longest)));
  };
  return {scaled(size.height), scaled(size.width)};
}

Rgb8 resample(Rgb8 picture, PictureSize size) {
  if (picture.height == size.height && picture.width == size.width) return picture;
  Rgb8 result(size.height, size.width);
  if (stbir_resize_uint8_generic(picture.pixels.data(), picture.width, picture.height, 0,
                                 result.pixels.data(), result.width, result.height, 0, 3,
                                 STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_FILTER_BOX,
                                 STBIR_COLORSPACE_SRGB, nullptr) == 0) {
    throw std::bad_alloc();
  }
  return result;
}

}  // namespace limpid
