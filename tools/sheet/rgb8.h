// Pictures of eight bits, in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace limpid {

struct SheetColour {
  std::uint8_t red = 0, green = 0, blue = 0;

  bool operator==(const SheetColour&) const = default;
};

/// Height and width in pixels.
struct PictureSize {
  int height = 0;
  int width = 0;

  bool operator==(const PictureSize&) const = default;
};

/// height x width x 3, sRGB.
struct Rgb8 {
  Rgb8() = default;
  Rgb8(int height_, int width_)
      : height(height_), width(width_), pixels(static_cast<std::size_t>(height_) * row_bytes()) {}

  std::size_t row_bytes() const { return static_cast<std::size_t>(width) * 3; }
  std::uint8_t* row(int y) { return pixels.data() + static_cast<std::size_t>(y) * row_bytes(); }
  const std::uint8_t* row(int y) const { return pixels.data() + static_cast<std::size_t>(y) * row_bytes(); }

  bool operator==(const Rgb8&) const = default;

  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> pixels;
};

/// Pixels [y, y + height) x [x, x + width).
struct Rect {
  int y = 0, x = 0;
  int height = 0, width = 0;

  bool operator==(const Rect&) const = default;
};

}  // namespace limpid
