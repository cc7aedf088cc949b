#include "weights/npy_strings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "weights/npy_header.h"
#include "weights/utf8.h"

namespace limpid {

std::string npy_strings(const std::vector<std::string>& strings) {
  std::vector<std::u32string> rows;
  std::size_t width = 1;
  for (const std::string& text : strings) {
    rows.push_back(from_utf8(text));
    width = std::max(width, rows.back().size());
  }
  std::u32string codes;
  for (std::u32string& row : rows) {
    row.resize(width);
    codes += row;
  }
  std::string bytes = make_npy_header({fmt::format("<U{}", width), false, {rows.size()}});
  return bytes.append(reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(char32_t));
}

}  // namespace limpid
