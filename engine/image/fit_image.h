// From a photo of any size to the size that is needed.
#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/image/image.h"
#include "kernels/core/names.h"

namespace limpid {

/// How a photo or a mask comes to a picture's height and width, where its own are others.
enum class Fit {
  crop,     ///< The largest centred box of the picture's shape.
  pad,      ///< All of it, centred, with grey (of a mask: free pixels) above and below or left and right.
  stretch,  ///< All of it, each side to its own scale.
};

template <>
inline constexpr std::array<std::string_view, 3> kNames<Fit> = {"crop", "pad", "stretch"};

/// The picture, without alpha, at height x width; one of that size as it is, bit for bit. What the fit takes of it
/// is resampled (Catmull-Rom, widened to the target's pitch when shrinking, so that every pixel counts; on the
/// stored values, without gamma) and clipped to [0, 1]. Throws std::bad_alloc.
Image fit_image(Image image, int height, int width, Fit fit);

/// The same of one plane of `from_height` x `from_width` values.
std::vector<float> fit_plane(std::vector<float> values, int from_height, int from_width, int height,
                             int width, Fit fit);

/// To the square a network reads: cropped.
inline Image fit_to_network(Image image, int size) {
  return fit_image(std::move(image), size, size, Fit::crop);
}

}  // namespace limpid
