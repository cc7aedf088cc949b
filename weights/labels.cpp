#include "weights/labels.h"

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string_view>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"
#include "weights/utf8.h"

namespace limpid {
namespace {

constexpr std::uint64_t kMostLabelBytes = 16U << 20U;

/// "n01440764 tench, Tinca tinca" -> "tench, Tinca tinca"; other lines stay as they are.
std::string_view without_wordnet_id(std::string_view line) {
  constexpr std::size_t digits = 8;
  if (line.size() < digits + 3 || line[0] != 'n' || line[digits + 1] != ' ') return line;
  const std::string_view id = line.substr(1, digits);
  const bool is_id = std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_id ? line.substr(digits + 2) : line;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

/// UTF-16 as UTF-8; the mark is taken off. `high` is the place of the high byte in each pair. Throws
/// Error{input} for half a pair of surrogates.
std::string from_utf16(std::string_view bytes, std::size_t high, const std::filesystem::path& path) {
  const auto unit = [&](std::size_t i) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    return static_cast<char32_t>(byte(i + high) << 8U | byte(i + 1 - high));
  };
  std::string text;
  for (std::size_t i = 2; i < bytes.size(); i += 2) {
    const bool whole = i + 1 < bytes.size();
    char32_t code = whole ? unit(i) : 0xD800;
    if (code >= 0xD800 && code < 0xE000) {
      const bool pair =
          code < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000;
      if (!pair) fail_input("'{}': its UTF-16 is damaged at byte {}", path.string(), i);
      i += 2;
      code = 0x10000 + ((code - 0xD800) << 10U) + (unit(i) - 0xDC00);
    }
    append_utf8(text, code);
  }
  return text;
}

/// The file's text in UTF-8, without a byte order mark; not yet looked at otherwise.
std::string read_as_utf8(const std::filesystem::path& path) {
  std::string bytes = read_bytes(path);
  if (bytes.starts_with("\xef\xbb\xbf")) return bytes.substr(3);
  if (bytes.starts_with("\xff\xfe")) return from_utf16(bytes, 1, path);
  if (bytes.starts_with("\xfe\xff")) return from_utf16(bytes, 0, path);
  return bytes;
}

}  // namespace

std::vector<std::string> read_labels(const std::filesystem::path& path) {
  if (check_readable(path) > kMostLabelBytes) {
    fail_input("'{}' is larger than {} MiB: that is no list of labels", path.string(),
               kMostLabelBytes >> 20U);
  }
  std::vector<std::string> labels;
  std::istringstream text(read_as_utf8(path));
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty())
      fail_input("'{}': line {} is empty; line i names class i", path.string(), labels.size() + 1);
    if (std::any_of(line.begin(), line.end(), is_control)) {
      fail_input("'{}': line {} is not text", path.string(), labels.size() + 1);
    }
    if (!is_utf8(line)) {
      fail_input(
          "'{}': line {} is not UTF-8; if the file is Latin-1, `iconv -f latin1 -t utf-8` makes one that can "
          "be read",
          path.string(), labels.size() + 1);
    }
    labels.emplace_back(without_wordnet_id(line));
  }
  return labels;
}

}  // namespace limpid
