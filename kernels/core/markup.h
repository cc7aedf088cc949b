// Text that goes into HTML, XML or SVG.
#pragma once

#include <string>
#include <string_view>

namespace limpid {

/// What markup would take for its own, escaped: & < > and ". Control characters that XML has none of become spaces.
inline std::string escaped_markup(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r' ? ' ' : c;
    }
  }
  return result;
}

}  // namespace limpid
