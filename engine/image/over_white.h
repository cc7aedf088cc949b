// Pictures with alpha for what knows no alpha.
#pragma once

#include <cstddef>

#include "engine/image/image.h"

namespace limpid {

/// The picture on a white ground, opaque: alpha * colour + 1 - alpha. One without alpha as it is.
inline Image over_white(const Image& picture) {
  Image opaque{picture.height, picture.width, picture.rgb};
  for (std::size_t i = 0; i < picture.alpha.size(); ++i) {
    const float alpha = picture.alpha[i];
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) opaque.rgb[c] = alpha * picture.rgb[c] + (1 - alpha);
  }
  return opaque;
}

}  // namespace limpid
