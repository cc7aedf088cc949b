// Whether a picture or a mask that a caller hands over is what it says.
#pragma once

#include <string_view>

#include "engine/image/image.h"

namespace limpid {

/// Throws Error{usage} naming `what` unless the picture has as many values as its height and width ask for, at
/// least one pixel, an alpha of none or all of them, and no value that is not finite.
void check_image(const Image& image, std::string_view what);

/// Throws Error{usage} naming the mask unless it has a value for each of its pixels, and a pixel.
void check_extent(const Mask& mask);

}  // namespace limpid
