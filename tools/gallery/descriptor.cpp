#include "tools/gallery/descriptor.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "tools/gallery/thumbnail.h"

namespace limpid {
namespace {

constexpr std::size_t kOrientations = 8;
constexpr std::size_t kCells = 4;  // Of each colour.
constexpr std::array<int, 3> kScales = {64, 32, 16};

/// Scales the histogram to sum one, then takes square roots; zeros stay.
void to_roots_of_shares(std::span<float> histogram) {
  const float sum = std::accumulate(histogram.begin(), histogram.end(), 0.0F);
  if (sum <= 0) return;
  for (float& value : histogram) value = std::sqrt(value / sum);
}

/// The two cells a value lies between, and its share of the upper one: linear, so that a small change of
/// colour is a small change of the histogram.
struct Cell {
  std::size_t lower = 0;
  std::size_t upper = 0;
  float share = 0;
};

Cell cell(std::uint8_t value) {
  const float position = std::clamp(static_cast<float>(value) * static_cast<float>(kCells) / 255.0F - 0.5F,
                                    0.0F, static_cast<float>(kCells - 1));
  const auto lower = static_cast<std::size_t>(position);
  return {lower, std::min<std::size_t>(lower + 1, kCells - 1), position - static_cast<float>(lower)};
}

void add_colours(const Pixels& picture, std::span<float> histogram) {
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
    const Cell r = cell(picture.rgb[i]);
    const Cell g = cell(picture.rgb[i + 1]);
    const Cell b = cell(picture.rgb[i + 2]);
    for (int corner = 0; corner < 8; ++corner) {
      const bool up_r = (corner & 4) != 0;
      const bool up_g = (corner & 2) != 0;
      const bool up_b = (corner & 1) != 0;
      const std::size_t index = ((up_r ? r.upper : r.lower) * kCells + (up_g ? g.upper : g.lower)) * kCells +
                                (up_b ? b.upper : b.lower);
      histogram[index] +=
          (up_r ? r.share : 1 - r.share) * (up_g ? g.share : 1 - g.share) * (up_b ? b.share : 1 - b.share);
    }
  }
}

/// Rec. 601 weights.
std::vector<float> luminance(const Pixels& picture) {
  std::vector<float> values;
  values.reserve(picture.rgb.size() / 3);
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
    values.push_back(0.299F * static_cast<float>(picture.rgb[i]) +
                     0.587F * static_cast<float>(picture.rgb[i + 1]) +
                     0.114F * static_cast<float>(picture.rgb[i + 2]));
  }
  return values;
}

/// Adds the gradients of a square of luminances to kOrientations bins, each shared between the two nearest.
void add_gradients(const std::vector<float>& values, std::size_t side, std::span<float> bins) {
  for (std::size_t y = 1; y + 1 < side; ++y) {
    for (std::size_t x = 1; x + 1 < side; ++x) {
      const float dx = values[y * side + x + 1] - values[y * side + x - 1];
      const float dy = values[(y + 1) * side + x] - values[(y - 1) * side + x];
      const float magnitude = std::sqrt(dx * dx + dy * dy);
      if (magnitude == 0) continue;
      // In [0, kOrientations]: an edge and its opposite are one orientation.
      const float turn = std::atan2(dy, dx) / std::numbers::pi_v<float>;
      const float position = (turn < 0 ? turn + 1 : turn) * static_cast<float>(kOrientations);
      const float lower = std::floor(position);
      const auto bin = static_cast<std::size_t>(lower);
      bins[bin % kOrientations] += magnitude * (1 - (position - lower));
      bins[(bin + 1) % kOrientations] += magnitude * (position - lower);
    }
  }
}

}  // namespace

Descriptor describe_picture(const Pixels& picture) {
  Descriptor descriptor{};
  const std::span<float> colours = std::span(descriptor).first(kColourFeatures);
  const std::span<float> edges = std::span(descriptor).last(kEdgeFeatures);
  Pixels level = square_thumbnail(picture, kScales.front());
  add_colours(level, colours);
  for (std::size_t i = 0; i < kScales.size(); ++i) {
    if (i > 0) level = square_thumbnail(level, kScales[i]);
    add_gradients(luminance(level), static_cast<std::size_t>(kScales[i]),
                  edges.subspan(i * kOrientations, kOrientations));
  }
  to_roots_of_shares(colours);
  to_roots_of_shares(edges);
  return descriptor;
}

}  // namespace limpid
