#include "tools/gallery/thumbnail.h"

#include <algorithm>
#include <cmath>

namespace limpid {
namespace {

/// One sample of a box filter: `count` pixels from `first` on, the outer ones in part.
struct Box {
  int first = 0;
  int count = 0;
  float head = 0;  ///< Share of the first pixel inside the box, in (0, 1].
  float tail = 0;  ///< Share of the last pixel, where it is another.
};

/// The boxes that cut `source` pixels, `offset` in, into `target` equal parts.
std::vector<Box> boxes(int source, int offset, int target) {
  std::vector<Box> result(static_cast<std::size_t>(target));
  for (int i = 0; i < target; ++i) {
    const double begin = static_cast<double>(source) * i / target;
    const double end = static_cast<double>(source) * (i + 1) / target;
    const int first = static_cast<int>(begin);
    const int last = std::max(first, static_cast<int>(std::ceil(end)) - 1);
    Box& box = result[static_cast<std::size_t>(i)];
    box.first = offset + first;
    box.count = last - first + 1;
    box.head = static_cast<float>(std::min(end, first + 1.0) - begin);
    box.tail = static_cast<float>(end - last);
  }
  return result;
}

float weight(const Box& box, int i) {
  if (i == 0) return box.head;
  return i + 1 == box.count ? box.tail : 1.0F;
}

}  // namespace

Pixels square_thumbnail(const Pixels& picture, int size) {
  const int side = std::min(picture.height, picture.width);
  const std::vector<Box> columns = boxes(side, (picture.width - side) / 2, size);
  const std::vector<Box> rows = boxes(side, (picture.height - side) / 2, size);
  const float area = static_cast<float>(side) / static_cast<float>(size);
  const float scale = 1 / (area * area);

  Pixels thumbnail{size, size, {}};
  thumbnail.rgb.reserve(3 * static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  for (const Box& row : rows) {
    for (const Box& column : columns) {
      float sum[3] = {};
      for (int y = 0; y < row.count; ++y) {
        const std::size_t line =
            static_cast<std::size_t>(row.first + y) * static_cast<std::size_t>(picture.width);
        for (int x = 0; x < column.count; ++x) {
          const float share = weight(row, y) * weight(column, x);
          const std::uint8_t* pixel = &picture.rgb[3 * (line + static_cast<std::size_t>(column.first + x))];
          for (int c = 0; c < 3; ++c) sum[c] += share * static_cast<float>(pixel[c]);
        }
      }
      for (const float value : sum) {
        thumbnail.rgb.push_back(static_cast<std::uint8_t>(std::min(value * scale + 0.5F, 255.0F)));
      }
    }
  }
  return thumbnail;
}

Image to_image(const Pixels& picture) {
  Image image{picture.height, picture.width, std::vector<float>(picture.rgb.size())};
  std::transform(picture.rgb.begin(), picture.rgb.end(), image.rgb.begin(),
                 [](std::uint8_t value) { return static_cast<float>(value) / 255.0F; });
  return image;
}

}  // namespace limpid
