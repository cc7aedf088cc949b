#include "engine/image/side_by_side.h"

#include <algorithm>
#include <cstddef>

namespace limpid {

Image side_by_side(const std::vector<Image>& pictures) {
  if (pictures.size() == 1) return pictures.front();
  Image all;
  all.height = pictures.front().height;
  all.width = pictures.front().width * static_cast<int>(pictures.size());
  const std::ptrdiff_t width = pictures.front().width;
  for (int y = 0; y < all.height; ++y) {
    for (const Image& picture : pictures) {
      const auto rgb = picture.rgb.begin() + 3 * y * width;
      all.rgb.insert(all.rgb.end(), rgb, rgb + 3 * width);
      if (picture.alpha.empty()) continue;
      const auto alpha = picture.alpha.begin() + y * width;
      all.alpha.insert(all.alpha.end(), alpha, alpha + width);
    }
  }
  return all;
}

}  // namespace limpid
