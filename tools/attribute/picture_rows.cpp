#include "tools/attribute/picture_rows.h"

#include <algorithm>
#include <cstddef>

namespace limpid {

Image in_rows(const std::vector<Image>& pictures, int columns) {
  const auto across = static_cast<std::size_t>(columns);
  const std::size_t rows = (pictures.size() + across - 1) / across;
  const auto height = static_cast<std::size_t>(pictures.front().height);
  const auto width = static_cast<std::size_t>(pictures.front().width);
  Image all{static_cast<int>(rows * height), static_cast<int>(across * width), {}};
  all.rgb.resize(3 * rows * height * across * width);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    for (std::size_t y = 0; y < height; ++y) {
      const std::size_t row = (i / across * height + y) * across * width + i % across * width;
      std::copy_n(pictures[i].rgb.begin() + static_cast<std::ptrdiff_t>(3 * y * width), 3 * width,
                  all.rgb.begin() + static_cast<std::ptrdiff_t>(3 * row));
    }
  }
  return all;
}

}  // namespace limpid
