#include "tools/help/wrapped.h"

#include <algorithm>

namespace limpid {
namespace {

/// Characters of UTF-8 text: continuation bytes take no column.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Where a line goes on: below its second column, or its first word.
std::size_t hanging_indent(std::string_view line) {
  const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t gap = first == 0 ? line.npos : line.find("  ", first);
  if (gap == line.npos) return first;
  const std::size_t second = line.find_first_not_of(' ', gap);
  return second == line.npos ? first : second;
}

std::string wrapped_line(std::string_view line, std::size_t columns) {
  if (width(line) <= columns) return std::string(line);
  // A second column that leaves no room is no place to go on at.
  const std::size_t hang = hanging_indent(line);
  const std::size_t indent = hang > columns / 2 ? 4 : hang;
  const std::size_t begin = std::min(hang, line.size());
  std::string text(line.substr(0, begin));
  std::size_t column = width(text);
  bool at_start = true;
  for (std::size_t at = begin; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    const std::string_view word = line.substr(at, end - at);
    if (!at_start && column + 1 + width(word) > columns) {
      text += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!at_start) {
      text += ' ';
      ++column;
    }
    text += word;
    column += width(word);
    at_start = false;
    at = std::min(line.find_first_not_of(' ', end), line.size());
  }
  return text;
}

}  // namespace

std::string wrapped(std::string_view text, int columns) {
  std::string result;
  while (true) {
    const std::size_t end = text.find('\n');
    result += wrapped_line(text.substr(0, end), static_cast<std::size_t>(std::max(columns, 20)));
    if (end == text.npos) return result;
    result += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace limpid
