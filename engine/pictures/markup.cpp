#include "engine/pictures/markup.h"

#include "weights/utf8.h"

namespace limpid {
namespace {

/// Of the code points that XML 1.0 has none of, the ones that UTF-8 has.
char32_t allowed(char32_t code) {
  if (code < U' ' && code != U'\t' && code != U'\n' && code != U'\r') return U' ';
  return code == 0xFFFE || code == 0xFFFF ? char32_t{0xFFFD} : code;
}

}  // namespace

std::string escaped_markup(std::string_view text) {
  std::string result;
  for (const char32_t code : from_utf8(text)) {
    switch (code) {
      case U'&':
        result += "&amp;";
        break;
      case U'<':
        result += "&lt;";
        break;
      case U'>':
        result += "&gt;";
        break;
      case U'"':
        result += "&quot;";
        break;
      default:
        append_utf8(result, allowed(code));
    }
  }
  return result;
}

}  // namespace limpid
