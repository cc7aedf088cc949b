// Which way up a camera held a picture.
#pragma once

#include <string_view>

#include "engine/image/image.h"

namespace limpid {

/// The orientation that EXIF data holds, 1 to 8: a TIFF file, with or without "Exif\0\0" before it. 1, as it is,
/// where there is none or the data are no such thing.
int exif_orientation(std::string_view exif);

/// The picture upright, with its alpha, of which the file holds the rows and columns in that order (1 to 8).
Image upright(Image stored, int orientation);

}  // namespace limpid
