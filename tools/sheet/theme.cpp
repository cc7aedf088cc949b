#include "tools/sheet/theme.h"

namespace limpid {
namespace {

/// `from` moved towards `to` by a fraction of `parts` / 100.
SheetColour towards(SheetColour from, SheetColour to, int parts) {
  const auto mix = [&](int a, int b) {
    return static_cast<std::uint8_t>((a * (100 - parts) + b * parts) / 100);
  };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue)};
}

bool is_dark(SheetColour colour) {
  // Luma of BT.601, against the middle of its range.
  return 299 * colour.red + 587 * colour.green + 114 * colour.blue < 127'500;
}

}  // namespace

Theme make_theme(SheetColour background) {
  const bool dark = is_dark(background);
  const SheetColour ink = dark ? SheetColour{255, 255, 255} : SheetColour{0, 0, 0};
  const SheetColour alarm = dark ? SheetColour{240, 134, 108} : SheetColour{176, 48, 24};
  return {background, towards(background, ink, 88), towards(background, ink, 58), towards(background, ink, 7),
          alarm};
}

}  // namespace limpid
