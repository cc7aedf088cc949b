#include "engine/image/fit_image.h"

#include <stb/stb_image_resize.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>
#include <utility>

namespace limpid {
namespace {

struct Extent {
  int height = 0, width = 0;
  bool operator==(const Extent&) const = default;
};

/// The largest box of the shape of `shape` in `outer`, at least a pixel on a side.
Extent largest_box(Extent outer, Extent shape) {
  const auto scaled = [](int length, int numerator, int denominator) {
    const double exact = static_cast<double>(length) * numerator / denominator;
    return std::max(1, static_cast<int>(std::lround(exact)));
  };
  if (std::int64_t{outer.width} * shape.height > std::int64_t{outer.height} * shape.width) {
    return {outer.height, std::min(outer.width, scaled(outer.height, shape.width, shape.height))};
  }
  return {std::min(outer.height, scaled(outer.width, shape.height, shape.width)), outer.width};
}

/// A centred box of `box` inside of `outer`: the number of its first value.
std::size_t corner(Extent outer, Extent box, int channels) {
  const auto top = static_cast<std::size_t>(outer.height - box.height) / 2;
  const auto left = static_cast<std::size_t>(outer.width - box.width) / 2;
  return (top * static_cast<std::size_t>(outer.width) + left) * static_cast<std::size_t>(channels);
}

std::vector<float> fitted(std::vector<float> values, Extent from, Extent to, int channels, Fit fit,
                          float ground) {
  if (from == to) return values;
  // Cropped first: scaling the whole of a long strip would take memory its visible part does not need.
  const Extent taken = fit == Fit::crop ? largest_box(from, to) : from;
  const Extent filled = fit == Fit::pad ? largest_box(to, from) : to;
  const auto count = static_cast<std::size_t>(to.height) * static_cast<std::size_t>(to.width);
  std::vector<float> result(count * static_cast<std::size_t>(channels), ground);
  const auto pitch = [channels](int width) { return width * channels * static_cast<int>(sizeof(float)); };
  if (stbir_resize_float_generic(values.data() + corner(from, taken, channels), taken.width, taken.height,
                                 pitch(from.width), result.data() + corner(to, filled, channels),
                                 filled.width, filled.height, pitch(to.width), channels,
                                 STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_FILTER_CATMULLROM,
                                 STBIR_COLORSPACE_LINEAR, nullptr) == 0) {
    throw std::bad_alloc();
  }
  for (float& value : result) value = std::clamp(value, 0.0F, 1.0F);
  return result;
}

}  // namespace

Image fit_image(Image image, int height, int width, Fit fit) {
  constexpr float grey = 0.5F;
  return {height, width,
          fitted(std::move(image.rgb), {image.height, image.width}, {height, width}, 3, fit, grey)};
}

std::vector<float> fit_plane(std::vector<float> values, int from_height, int from_width, int height,
                             int width, Fit fit) {
  return fitted(std::move(values), {from_height, from_width}, {height, width}, 1, fit, 0);
}

}  // namespace limpid
