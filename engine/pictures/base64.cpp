#include "engine/pictures/base64.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace limpid {
namespace {

constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t taken = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (k < taken ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= taken ? kBase64Digits[word >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t word = 0;
  const std::size_t digits = std::min(text.find('='), text.size());
  for (std::size_t i = 0; i < digits; ++i) {
    const std::size_t digit = kBase64Digits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    word = word << 6 | static_cast<std::uint32_t>(digit);
    if (i % 4 != 0) bytes += static_cast<char>(word >> (6 - 2 * (i % 4)) & 255);
  }
  // One text for the same bytes: the padding and the bits beyond the last byte too.
  if (to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace limpid
