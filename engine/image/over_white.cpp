#include "engine/image/over_white.h"

#include <cstddef>

namespace limpid {

Image over_white(const Image& picture) {
  Image opaque{picture.height, picture.width, picture.rgb};
  for (std::size_t i = 0; i < picture.alpha.size(); ++i) {
    const float alpha = picture.alpha[i];
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) opaque.rgb[c] = alpha * picture.rgb[c] + (1 - alpha);
  }
  return opaque;
}

}  // namespace limpid
