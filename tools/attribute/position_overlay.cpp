#include "tools/attribute/position_overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "engine/image/fit_image.h"

namespace limpid {
namespace {

constexpr float kOverlayOpacity = 0.85F;
/// How far black and white come together under the colours.
constexpr float kContrast = 0.7F;

/// The numbers of one sign, as shares of `largest`, at the photo's size.
std::vector<float> opacity(const std::vector<double>& numbers, int height, int width, const Image& photo,
                           double sign, double largest) {
  std::vector<float> shares;
  for (const double number : numbers)
    shares.push_back(static_cast<float>(std::max(sign * number, 0.0) / largest));
  return fit_plane(std::move(shares), height, width, photo.height, photo.width, Fit::stretch);
}

}  // namespace

float gray_below(const float* rgb) {
  const float luminance = 0.2126F * rgb[0] + 0.7152F * rgb[1] + 0.0722F * rgb[2];
  return (1 - kContrast) / 2 + kContrast * luminance;
}

Image position_overlay(const Image& photo, const std::vector<double>& numbers, int height, int width,
                       double largest) {
  if (largest == 0) {
    for (const double number : numbers) largest = std::max(largest, std::abs(number));
  }
  if (largest == 0) largest = 1;
  const std::vector<float> positive = opacity(numbers, height, width, photo, 1, largest);
  const std::vector<float> negative = opacity(numbers, height, width, photo, -1, largest);
  Image result{photo.height, photo.width, {}};
  for (std::size_t i = 0; i < positive.size(); ++i) {
    const float gray = gray_below(photo.rgb.data() + 3 * i);
    const float up = kOverlayOpacity * positive[i];
    const float down = kOverlayOpacity * negative[i];
    for (std::size_t c = 0; c < 3; ++c) {
      const float over = gray + up * (kFor[c] - gray);
      result.rgb.push_back(std::clamp(over + down * (kAgainst[c] - over), 0.0F, 1.0F));
    }
  }
  return result;
}

Image signed_map(const std::vector<double>& numbers, int height, int width) {
  std::vector<double> sizes;
  for (const double number : numbers) sizes.push_back(std::abs(number));
  const auto full = sizes.end() - 1 - static_cast<std::ptrdiff_t>(sizes.size() / 1000);
  std::nth_element(sizes.begin(), full, sizes.end());
  // Where hardly any is not zero, the largest. What follows `full` is no smaller.
  const double largest = *std::max_element(full, sizes.end());
  const double most = *full > 0 ? *full : largest > 0 ? largest : 1;
  Image result{height, width, {}};
  for (const double number : numbers) {
    const auto share = static_cast<float>(std::min(std::abs(number) / most, 1.0));
    const std::array<float, 3>& colour = number < 0 ? kAgainst : kFor;
    for (const float value : colour) result.rgb.push_back(1 + share * (value - 1));
  }
  return result;
}

}  // namespace limpid
