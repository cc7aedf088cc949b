#include "tools/sheet/sheet_options.h"

#include <charconv>

#include "kernels/core/error.h"

namespace limpid {
namespace {

void check_range(const char* option, int value, int least, int most) {
  if (value < least || value > most) fail_usage("{} is {}; expected {} to {}", option, value, least, most);
}

}  // namespace

SheetColour parse_colour(const std::string& text) {
  if (text == "black") return {0, 0, 0};
  if (text == "white") return {255, 255, 255};
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  if (text.size() != 7 || text[0] != '#' || std::from_chars(text.data() + 1, end, value, 16).ptr != end) {
    fail_usage("'{}' is no colour; expected #rrggbb, black or white", text);
  }
  return {static_cast<std::uint8_t>(value >> 16U), static_cast<std::uint8_t>(value >> 8U & 0xFFU),
          static_cast<std::uint8_t>(value & 0xFFU)};
}

void check_sheet_options(const SheetOptions& options) {
  constexpr int most_columns = 100'000;
  check_range("--columns", options.columns, 0, most_columns);
  check_range("--tile", options.tile, 8, kMaxTileSide);
  check_range("--gap", options.gap, 0, kMaxGap);
}

}  // namespace limpid
