#include "engine/image/side_by_side.h"

#include <algorithm>
#include <cstddef>

namespace limpid {

Image side_by_side(const std::vector<Image>& pictures) {
  if (pictures.size() == 1) return pictures.front();
  Image all;
  all.height = pictures.front().height;
  all.width = pictures.front().width * static_cast<int>(pictures.size());
  const std::ptrdiff_t row = std::ptrdiff_t{3} * pictures.front().width;
  for (int y = 0; y < all.height; ++y) {
    for (const Image& picture : pictures) {
      const auto begin = picture.rgb.begin() + y * row;
      all.rgb.insert(all.rgb.end(), begin, begin + row);
    }
  }
  return all;
}

}  // namespace limpid
