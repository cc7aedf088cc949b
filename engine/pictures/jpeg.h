// JPEG in memory.
#pragma once

#include <string>
#include <string_view>

#include "engine/image/image.h"
#include "engine/pictures/picture_colours.h"
#include "engine/pictures/picture_notes.h"

namespace limpid {

/// True where the bytes begin as a JPEG file does.
bool is_jpeg(std::string_view bytes);

/// Decodes a JPEG (grayscale, YCbCr, RGB, CMYK, YCCK) to RGB in [0, 1], upright as EXIF says; `colours` are those of
/// sRGB where it has a profile (`take_to_srgb`). CMYK values are taken as Adobe stores them, inverted. What libjpeg but
/// warns about is noted.
/// Throws Error{input} naming `origin` (the file) and the decoder's reason where pixels are missing: a file that is cut,
/// or whose data are damaged.
Image decode_jpeg(std::string_view bytes, const std::string& origin, const PictureNotes& notes = {},
                  PictureColours colours = PictureColours::srgb);

/// Encodes 8-bit RGB at quality 95 without chroma subsampling; values outside [0, 1] are clipped, and a
/// picture with alpha is laid over white. Throws Error{runtime} when memory runs out.
std::string encode_jpeg(const Image& image);

}  // namespace limpid
