// Pictures with alpha for what knows no alpha.
#pragma once

#include "engine/image/image.h"

namespace limpid {

/// The picture on a white ground, opaque: alpha * colour + 1 - alpha. One without alpha as it is.
Image over_white(const Image& picture);

}  // namespace limpid
