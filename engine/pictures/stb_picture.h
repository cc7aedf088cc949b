// The formats that stb_image reads for limpid: BMP, GIF and PSD.
#pragma once

#include <string>
#include <string_view>

#include "engine/image/image.h"

namespace limpid {

/// "BMP", "GIF" or "PSD" where the bytes begin as such a file does; empty for others.
std::string_view stb_format(std::string_view bytes);

/// Decodes one of them to RGB in [0, 1]: of a GIF the first picture, of a PSD the whole one that is stored beside its
/// layers; what is transparent is seen on white. Throws Error{input} naming `origin` (the file) and the reason.
Image decode_stb(std::string_view bytes, const std::string& origin);

}  // namespace limpid
