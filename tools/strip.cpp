#include "tools/strip.h"

#include <cstddef>

namespace limpid {

Image strip_of(std::span<const Snapshot> pictures) {
  const Image& first = pictures.front().image;
  Image strip{first.height, first.width * static_cast<int>(pictures.size()), {}};
  strip.rgb.reserve(first.rgb.size() * pictures.size());
  const std::ptrdiff_t row = std::ptrdiff_t{first.width} * 3;
  for (int y = 0; y < first.height; ++y) {
    for (const Snapshot& picture : pictures) {
      const auto begin = picture.image.rgb.begin() + y * row;
      strip.rgb.insert(strip.rgb.end(), begin, begin + row);
    }
  }
  return strip;
}

}  // namespace limpid
