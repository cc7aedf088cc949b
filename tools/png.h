// PNG in memory.
#pragma once

#include <string>
#include <string_view>

#include "engine/limpid.hpp"

namespace limpid {

/// True where the bytes begin as a PNG file does.
bool is_png(std::string_view bytes);

/// Decodes a PNG of any colour type and depth to RGB in [0, 1]; 16-bit files keep their precision, an alpha
/// channel is dropped. Throws Error{input} naming `origin` (the file) and the decoder's reason.
Image decode_png(std::string_view bytes, const std::string& origin);

/// Encodes 8-bit RGB, with straight alpha where the picture has one; values outside [0, 1] are clipped.
/// Throws Error{runtime} when memory runs out.
std::string encode_png(const Image& image);

}  // namespace limpid
