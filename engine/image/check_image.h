// Whether a picture that a caller hands over is what it says.
#pragma once

#include <string_view>

#include "engine/image/image.h"

namespace limpid {

/// Throws Error{usage} naming `what` unless the picture has as many values as its height and width ask for, at
/// least one pixel, an alpha of none or all of them, and no value that is not finite.
void check_image(const Image& image, std::string_view what);

}  // namespace limpid
