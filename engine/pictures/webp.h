// WebP in memory.
#pragma once

#include <string>
#include <string_view>

#include "engine/image/image.h"
#include "engine/pictures/picture_colours.h"
#include "engine/pictures/picture_notes.h"

namespace limpid {

/// The longest side of a picture, and of a frame of an animation.
inline constexpr int kMostWebp = 16383;

/// True where the bytes begin as a WebP file does.
bool is_webp(std::string_view bytes);

/// Decodes a WebP to RGB in [0, 1], upright as EXIF says; what is transparent is seen on white. `colours` are those of
/// sRGB where it has a profile (`take_to_srgb`). Throws Error{input} naming `origin` (the file) and the reason: cut,
/// damaged, an animation.
Image decode_webp(std::string_view bytes, const std::string& origin, const PictureNotes& notes = {},
                  PictureColours colours = PictureColours::srgb);

/// Encodes 8-bit RGB without loss, with straight alpha where the picture has one; values outside [0, 1] are clipped.
/// Throws Error{usage} for a picture of more than `kMostWebp` pixels on a side, std::bad_alloc when memory runs out.
std::string encode_webp(const Image& image);

}  // namespace limpid
