#include "weights/npy_header.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeaderSize = 1U << 16U;

/// Reads the few forms of Python literal that numpy writes: 'text', True, False, (1, 2,).
class LiteralParser {
 public:
  explicit LiteralParser(std::string_view text) : rest_(text) {}

  /// Skips white space, then `token` if it comes next.
  bool accept(std::string_view token) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size()));
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) fail_input("its header is not numpy's: '{}' expected", token);
  }

  std::string text() {
    const std::string_view quote = accept("\"") ? "\"" : "'";
    if (quote == "'") expect(quote);
    const std::size_t end = rest_.find(quote);
    if (end == std::string_view::npos) fail_input("its header is not numpy's: a string does not end");
    std::string value(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return value;
  }

  bool boolean() {
    if (accept("True")) return true;
    expect("False");
    return false;
  }

  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> values;
    expect("(");
    while (!accept(")")) {
      std::uint64_t value = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
      if (error != std::errc()) fail_input("its header is not numpy's: an extent is not a number");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      values.push_back(value);
      if (!accept(",")) {
        expect(")");
        break;
      }
    }
    return values;
  }

 private:
  std::string_view rest_;
};

}  // namespace

NpyPreamble parse_npy_preamble(std::string_view bytes) {
  if (bytes.size() < kNpyPreambleMax || !bytes.starts_with(kMagic)) fail_input("it is not an .npy array");
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const std::size_t major = byte(kMagic.size());
  NpyPreamble preamble;
  if (major == 1) {
    preamble = {10, byte(8) | byte(9) << 8U};
  } else if (major == 2 || major == 3) {
    preamble = {12, byte(8) | byte(9) << 8U | byte(10) << 16U | byte(11) << 24U};
  } else {
    fail_input("its .npy version {} is unknown", major);
  }
  if (preamble.header_size > kMaxHeaderSize)
    fail_input("its header of {} bytes is absurd", preamble.header_size);
  return preamble;
}

NpyHeader parse_npy_header(std::string_view text) {
  LiteralParser parser(text);
  NpyHeader header;
  parser.expect("{");
  while (!parser.accept("}")) {
    const std::string key = parser.text();
    parser.expect(":");
    if (key == "descr") {
      header.descr = parser.text();
    } else if (key == "fortran_order") {
      header.fortran_order = parser.boolean();
    } else if (key == "shape") {
      header.shape = parser.tuple();
    } else {
      fail_input("its header is not numpy's: key '{}'", key);
    }
    if (!parser.accept(",")) {
      parser.expect("}");
      break;
    }
  }
  return header;
}

std::string make_npy_header(const NpyHeader& header) {
  constexpr std::size_t preamble = 10, alignment = 64;
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}{}), }}", header.descr,
                                 header.fortran_order ? "True" : "False", fmt::join(header.shape, ", "),
                                 header.shape.size() == 1 ? "," : "");
  const std::size_t size = (preamble + text.size() + 1 + alignment - 1) / alignment * alignment - preamble;
  text.resize(size - 1, ' ');
  std::string bytes(kMagic);
  bytes += {'\x01', '\0', static_cast<char>(size & 0xFFU), static_cast<char>(size >> 8U)};
  return bytes + text + '\n';
}

NpyHeader take_npy_header(std::string_view& rest) {
  const NpyPreamble preamble = parse_npy_preamble(rest.substr(0, kNpyPreambleMax));
  rest.remove_prefix(std::min(preamble.size, rest.size()));
  if (preamble.header_size > rest.size()) fail_input("its header is cut short");
  const NpyHeader header = parse_npy_header(rest.substr(0, preamble.header_size));
  rest.remove_prefix(preamble.header_size);
  return header;
}

}  // namespace limpid
