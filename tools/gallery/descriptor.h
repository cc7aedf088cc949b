// What a picture looks like, in a few numbers.
#pragma once

#include <array>

#include "tools/gallery/picture_source.h"

namespace limpid {

/// Square roots of shares (Hellinger), in [0, 1]. First colours: a histogram over 4 x 4 x 4 RGB cells. Then
/// edges: at 64, 32 and 16 pixels, luminance gradients by orientation (8 over 180 degrees), weighted by
/// magnitude; zero for a picture of one colour. Positions are left out, for a unit's picture shows its
/// pattern anywhere.
inline constexpr std::size_t kColourFeatures = 64;
inline constexpr std::size_t kEdgeFeatures = 3 * 8;
using Descriptor = std::array<float, kColourFeatures + kEdgeFeatures>;

/// The descriptor of the picture's largest centred square. The picture has at least one pixel.
Descriptor describe_picture(const Pixels& picture);

}  // namespace limpid
