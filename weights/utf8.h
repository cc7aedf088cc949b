// Between UTF-8 and code points.
#pragma once

#include <string>
#include <string_view>

namespace limpid {

/// Appends a code point below 0x110000.
void append_utf8(std::string& text, char32_t code);

/// Whether the bytes are UTF-8 from end to end.
bool is_utf8(std::string_view text);

/// Code points of a text; U+FFFD for each byte that is no part of one.
std::u32string from_utf8(std::string_view text);

}  // namespace limpid
