// Text that goes into HTML, XML or SVG.
#pragma once

#include <string>
#include <string_view>

namespace limpid {

/// What markup would take for its own, escaped: & < > and ". Control characters that XML has none of become spaces, and bytes that are no
/// UTF-8 U+FFFD.
std::string escaped_markup(std::string_view text);

}  // namespace limpid
