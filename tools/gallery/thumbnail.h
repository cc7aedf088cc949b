// Small squares of pictures.
#pragma once

#include "tools/gallery/picture_source.h"

namespace limpid {

/// The largest centred square of the picture, box-filtered to size x size on the stored values. The picture
/// has at least one pixel.
Pixels square_thumbnail(const Pixels& picture, int size);

/// The picture in [0, 1], as the encoders take it.
Image to_image(const Pixels& picture);

}  // namespace limpid
