#include "tools/attribute/weights_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <string_view>

#include "engine/pictures/svg_chart.h"
#include "engine/pictures/svg_drawing.h"
#include "tools/attribute/picture_rows.h"
#include "tools/gallery/thumbnail.h"

namespace limpid {
namespace {

/// A channel's weights, the nearest position a pixel.
Image heat_of(const ExpandedWeights& weights, int channel, float most, int height, int width) {
  Image image{height, width, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::ptrdiff_t row = std::ptrdiff_t{channel} * weights.height + y * weights.height / height;
      const float value =
          weights.values[static_cast<std::size_t>(row * weights.width + x * weights.width / width)] / most;
      const float faded = 1 - std::abs(value);
      image.rgb.push_back(value > 0 ? 1 : faded);
      image.rgb.push_back(faded);
      image.rgb.push_back(value < 0 ? 1 : faded);
    }
  }
  return image;
}

std::span<const float> weights_of(const ExpandedWeights& weights, int channel) {
  const auto size = static_cast<std::size_t>(weights.height) * static_cast<std::size_t>(weights.width);
  return std::span(weights.values).subspan(static_cast<std::size_t>(channel) * size, size);
}

/// The largest of either sign of all channels; 1 where all are zero.
float largest_weight(const ExpandedWeights& weights, const std::vector<int>& channels) {
  float most = 0;
  for (const int channel : channels) {
    for (const float value : weights_of(weights, channel)) most = std::max(most, std::abs(value));
  }
  return most > 0 ? most : 1;
}

constexpr double kColumn = 132, kSquare = 112, kEdge = 16, kCaption = 34;
/// About how wide a bold letter is.
constexpr double kLetter = 7;
constexpr int kSvgColumns = 8, kTilePixels = 192, kScaleSteps = 65;

/// "mixed3b:11"; ":11" where that would run into the next column. The title has the layer.
std::string channel_name(std::string_view layer, int channel) {
  const std::string name = fmt::format("{}:{}", layer, channel);
  return kLetter * static_cast<double>(name.size()) <= kColumn ? name : fmt::format(":{}", channel);
}

/// From the largest inhibiting weight to the largest exciting one.
void draw_scale(SvgDrawing& drawing, DrawnPoint corner, float most) {
  ExpandedWeights ramp{1, 1, kScaleSteps, {}};
  for (int i = 0; i < kScaleSteps; ++i)
    ramp.values.push_back(2 * static_cast<float>(i) / (kScaleSteps - 1) - 1);
  drawing.picture(corner, 200, 12, heat_of(ramp, 0, 1, 1, kScaleSteps), true);
  const double y = corner.y + 26;
  drawing.text({corner.x, y}, fmt::format("{:.3g}", -most));
  drawing.text({corner.x + 100, y}, "0", {.anchor = TextStyle::Anchor::middle});
  drawing.text({corner.x + 200, y}, fmt::format("{:+.3g}", most), {.anchor = TextStyle::Anchor::end});
  drawing.text({corner.x + 216, corner.y + 10}, "blue inhibits, red excites", {.colour = kFaintText});
}

}  // namespace

Image weights_picture(const ExpandedWeights& weights, const std::vector<int>& channels,
                      const std::map<int, Pixels>& tiles, int side) {
  const float most = largest_weight(weights, channels);
  std::vector<Image> pictures;
  for (const int channel : channels) pictures.push_back(heat_of(weights, channel, most, side, side));
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

std::string weights_svg(const ExpandedWeights& weights, const std::vector<int>& channels,
                        const std::map<int, Pixels>& tiles, const WeightsText& text) {
  using Anchor = TextStyle::Anchor;
  SvgDrawing drawing;
  const float most = largest_weight(weights, channels);
  const auto count = static_cast<int>(channels.size());
  const int columns = std::min(count, kSvgColumns), rows = (count + columns - 1) / columns;
  const double top = 64, row_height = kCaption + kSquare + (tiles.empty() ? 20 : 28 + kSquare);
  drawing.text({kEdge, 26}, fmt::format("{} by {}", text.upper, text.lower), {.size = 15, .bold = true});
  drawing.text({kEdge, 44},
               fmt::format("{} x {} positions, {} of {} channels", weights.height, weights.width, count,
                           weights.channels),
               {.colour = kFaintText});
  for (int i = 0; i < count; ++i) {
    const int channel = channels[static_cast<std::size_t>(i)];
    const std::span<const float> own = weights_of(weights, channel);
    const float peak = *std::ranges::max_element(own, {}, [](float value) { return std::abs(value); });
    const DrawnPoint corner = {kEdge + i % columns * kColumn, top + i / columns * row_height};
    drawing.text({corner.x + kSquare / 2, corner.y + 12}, channel_name(text.lower, channel),
                 {.anchor = Anchor::middle, .bold = true});
    drawing.text({corner.x + kSquare / 2, corner.y + 26},
                 fmt::format("{:+.3g} (sum {:+.3g})", peak, std::accumulate(own.begin(), own.end(), 0.0)),
                 {.size = 10, .anchor = Anchor::middle, .colour = kFaintText});
    const double y = corner.y + kCaption;
    drawing.rectangle({corner.x - 1, y - 1}, kSquare + 2, kSquare + 2, "#c8c8cc");
    drawing.picture({corner.x, y}, kSquare, kSquare,
                    heat_of(weights, channel, most, weights.height, weights.width), true);
    const auto tile = tiles.find(channel);
    if (tile == tiles.end()) continue;
    drawing.picture({corner.x, y + kSquare + 8}, kSquare, kSquare,
                    to_image(square_thumbnail(
                        tile->second, std::min({kTilePixels, tile->second.height, tile->second.width}))),
                    false);
  }
  const double bottom = top + rows * row_height;
  draw_scale(drawing, {kEdge, bottom}, most);
  return drawing.document(std::max(columns * kColumn, 400.0) + 2 * kEdge - (kColumn - kSquare), bottom + 44,
                          text.about);
}

}  // namespace limpid
