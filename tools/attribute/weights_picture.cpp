#include "tools/attribute/weights_picture.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "tools/attribute/picture_rows.h"
#include "tools/gallery/thumbnail.h"

namespace limpid {
namespace {

Image heat_of(const ExpandedWeights& weights, int channel, float most, int side) {
  Image image{side, side, {}};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const std::ptrdiff_t row = std::ptrdiff_t{channel} * weights.height + y * weights.height / side;
      const float value =
          weights.values[static_cast<std::size_t>(row * weights.width + x * weights.width / side)] / most;
      const float faded = 1 - std::abs(value);
      image.rgb.push_back(value > 0 ? 1 : faded);
      image.rgb.push_back(faded);
      image.rgb.push_back(value < 0 ? 1 : faded);
    }
  }
  return image;
}

}  // namespace

Image weights_picture(const ExpandedWeights& weights, const std::vector<int>& channels,
                      const std::map<int, Pixels>& tiles, int side) {
  const std::ptrdiff_t size = std::ptrdiff_t{weights.height} * weights.width;
  float most = 0;
  for (const int channel : channels) {
    for (std::ptrdiff_t i = channel * size; i < (channel + 1) * size; ++i)
      most = std::max(most, std::abs(weights.values[static_cast<std::size_t>(i)]));
  }
  std::vector<Image> pictures;
  for (const int channel : channels) pictures.push_back(heat_of(weights, channel, most > 0 ? most : 1, side));
  if (!tiles.empty()) {
    const auto values = 3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
    for (const int channel : channels) {
      const auto tile = tiles.find(channel);
      pictures.push_back(tile == tiles.end() ? Image{side, side, std::vector<float>(values, 0.5F)}
                                             : to_image(square_thumbnail(tile->second, side)));
    }
  }
  return in_rows(pictures, static_cast<int>(channels.size()));
}

}  // namespace limpid
