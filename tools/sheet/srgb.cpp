#include "tools/sheet/srgb.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace limpid {
namespace {

// Fine enough for the darkest values, where one of the 256 spans 20 entries.
constexpr int kEntries = 1 << 16;

double decode(double value) {
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double encode(double light) {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

std::vector<std::uint8_t> encoding_table() {
  std::vector<std::uint8_t> table(kEntries);
  for (int i = 0; i < kEntries; ++i) {
    table[static_cast<std::size_t>(i)] =
        static_cast<std::uint8_t>(std::lround(255 * encode(i / double{kEntries - 1})));
  }
  return table;
}

}  // namespace

const std::array<float, 256>& srgb_to_linear() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> values{};
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(decode(static_cast<double>(i) / 255));
    return values;
  }();
  return table;
}

std::uint8_t linear_to_srgb(float light) {
  static const std::vector<std::uint8_t> table = encoding_table();
  const float clipped = std::clamp(light, 0.0F, 1.0F);
  return table[static_cast<std::size_t>(clipped * static_cast<float>(kEntries - 1) + 0.5F)];
}

}  // namespace limpid
