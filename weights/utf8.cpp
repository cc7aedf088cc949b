#include "weights/utf8.h"

#include <array>
#include <cstddef>

namespace limpid {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// How a code point of some number of bytes begins, and the least that needs so many.
struct Utf8Form {
  unsigned char mask, lead;
  std::size_t size;
  char32_t least;
};
constexpr std::array<Utf8Form, 4> kUtf8Forms = {{
    {0x80, 0x00, 1, 0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
}};

/// The code point at the beginning of `text`, and its size; a byte that begins none is a replacement.
struct Decoded {
  char32_t code = kReplacement;
  std::size_t size = 1;
  bool good = false;
};

Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (const Utf8Form& form : kUtf8Forms) {
    if ((byte(0) & form.mask) != form.lead || text.size() < form.size) continue;
    char32_t code = byte(0) & static_cast<unsigned char>(~form.mask);
    for (std::size_t i = 1; i < form.size; ++i) {
      if ((byte(i) & 0xC0U) != 0x80U) return {};
      code = (code << 6U) | (byte(i) & 0x3FU);
    }
    const bool good = code >= form.least && code < 0x110000 && (code < 0xD800 || code >= 0xE000);
    return good ? Decoded{code, form.size, true} : Decoded{};
  }
  return {};
}

}  // namespace

void append_utf8(std::string& text, char32_t code) {
  const auto put = [&](char32_t byte) {
    text.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
  };
  const auto tail = [&](unsigned shift) { put(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    put(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Decoded decoded = decode(text);
    if (!decoded.good) return false;
    text.remove_prefix(decoded.size);
  }
  return true;
}

std::u32string from_utf8(std::string_view text) {
  std::u32string codes;
  while (!text.empty()) {
    const Decoded decoded = decode(text);
    codes.push_back(decoded.code);
    text.remove_prefix(decoded.size);
  }
  return codes;
}

}  // namespace limpid
