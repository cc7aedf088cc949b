// PNG in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/image/image.h"
#include "engine/pictures/picture_colours.h"
#include "engine/pictures/picture_notes.h"

namespace limpid {

/// True where the bytes begin as a PNG file does.
bool is_png(std::string_view bytes);

/// Decodes a PNG of any colour type and depth to RGB in [0, 1], upright as its EXIF chunk says; 16-bit files keep
/// their precision, what is transparent is seen on white. `colours` are those of sRGB where it has a profile
/// (`take_to_srgb`).
/// Throws Error{input} naming `origin` (the file) and the reason: a checksum that is wrong, data that are damaged or cut,
/// Apple's own variant.
Image decode_png(std::string_view bytes, const std::string& origin, const PictureNotes& notes = {},
                 PictureColours colours = PictureColours::srgb);

/// The same with its alpha, and colours that are straight; without alpha where the file has none. `over_white` of it
/// is what `decode_png` gives, to the bit.
Image decode_png_with_alpha(std::string_view bytes, const std::string& origin,
                            const PictureNotes& notes = {});

/// What a picture says about itself, by keywords of 1 to 79 Latin letters.
using PictureTexts = std::vector<std::pair<std::string, std::string>>;

/// Of a picture's values, one byte each, that are encoded: stb counts them, and what they become, in 32 bits.
inline constexpr std::int64_t kMostPngBytes = 1 << 30;

/// Encodes 8-bit RGB, with straight alpha where the picture has one; values outside [0, 1] are clipped. `texts` go
/// before the pixels (tEXt; iTXt where there is more than ASCII) and change none of their bytes. Throws
/// Error{usage} for more than `kMostPngBytes`, Error{runtime} when memory runs out.
std::string encode_png(const Image& image, const PictureTexts& texts = {});

}  // namespace limpid
