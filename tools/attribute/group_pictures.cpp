#include "tools/attribute/group_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "engine/image/fit_image.h"
#include "tools/attribute/position_overlay.h"

namespace limpid {
namespace {

constexpr float kGroupOpacity = 0.8F;
/// What is left of the photo where a group is not active.
constexpr float kDark = 0.12F;

/// A group's activity at the photo's size, in [0, 1].
std::vector<float> activity(const NeuronGroup& group, int height, int width, const Image& photo) {
  return fit_plane({group.positions.begin(), group.positions.end()}, height, width, photo.height, photo.width,
                   Fit::stretch);
}

}  // namespace

std::array<float, 3> group_colour(std::size_t index, std::size_t count) {
  const float hue = 6 * static_cast<float>(index) / static_cast<float>(count);
  std::array<float, 3> colour{};
  for (std::size_t c = 0; c < 3; ++c) {
    // Distance of the hue from that of the primary, around the circle.
    const float apart = std::abs(std::fmod(hue - 2 * static_cast<float>(c) + 9, 6.0F) - 3);
    colour[c] = std::clamp(2 - apart, 0.0F, 1.0F);
  }
  return colour;
}

Image groups_overlay(const Image& photo, const NeuronGroups& groups, int height, int width) {
  Image result{photo.height, photo.width, {}};
  for (std::size_t i = 0; i < photo.rgb.size(); i += 3)
    result.rgb.insert(result.rgb.end(), 3, gray_below(photo.rgb.data() + i));
  for (std::size_t k = 0; k < groups.groups.size(); ++k) {
    const std::array<float, 3> colour = group_colour(k, groups.groups.size());
    const std::vector<float> share = activity(groups.groups[k], height, width, photo);
    for (std::size_t i = 0; i < result.rgb.size(); ++i)
      result.rgb[i] += kGroupOpacity * share[i / 3] * (colour[i % 3] - result.rgb[i]);
  }
  return result;
}

Image group_cutout(const Image& photo, const NeuronGroup& group, int height, int width) {
  Image result{photo.height, photo.width, photo.rgb};
  const std::vector<float> share = activity(group, height, width, photo);
  for (std::size_t i = 0; i < result.rgb.size(); ++i) result.rgb[i] *= kDark + (1 - kDark) * share[i / 3];
  return result;
}

}  // namespace limpid
