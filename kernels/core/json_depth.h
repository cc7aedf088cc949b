// A look at how deep a JSON text nests, before a parser builds what takes recursion to walk.
#pragma once

#include <cstddef>
#include <string_view>

namespace limpid {

/// Where the text first has more than `most` arrays and objects within one another; npos where it never has.
/// Every reader of JSON asks this first. The text need not be JSON.
inline std::size_t find_deeper_json(std::string_view text, int most) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      if (++depth > most) return i;
    } else if (!in_string && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return std::string_view::npos;
}

}  // namespace limpid
