// Pictures made smaller.
#pragma once

#include "tools/sheet/rgb8.h"

namespace limpid {

/// The largest size of the same shape that fits into side x side; never larger than `size` itself.
PictureSize fit_inside(PictureSize size, int side);

/// Area average in linear light; a picture of that size already is returned bit for bit. Throws
/// std::bad_alloc.
Rgb8 resample(Rgb8 picture, PictureSize size);

}  // namespace limpid
