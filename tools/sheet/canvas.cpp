#include "tools/sheet/canvas.h"

#include <algorithm>

namespace limpid {
namespace {

/// The part of `rect` that lies on the canvas.
Rect clip(const Rgb8& canvas, const Rect& rect) {
  const int top = std::clamp(rect.y, 0, canvas.height);
  const int left = std::clamp(rect.x, 0, canvas.width);
  const int bottom = std::clamp(rect.y + rect.height, top, canvas.height);
  const int right = std::clamp(rect.x + rect.width, left, canvas.width);
  return {top, left, bottom - top, right - left};
}

std::uint8_t mix(std::uint8_t from, std::uint8_t to, int coverage) {
  return static_cast<std::uint8_t>((from * (255 - coverage) + to * coverage + 127) / 255);
}

}  // namespace

void fill(Rgb8& canvas, const Rect& rect, SheetColour colour) {
  const Rect part = clip(canvas, rect);
  for (int y = part.y; y < part.y + part.height; ++y) {
    std::uint8_t* pixel = canvas.row(y) + std::ptrdiff_t{3} * part.x;
    for (int x = 0; x < part.width; ++x, pixel += 3) {
      pixel[0] = colour.red;
      pixel[1] = colour.green;
      pixel[2] = colour.blue;
    }
  }
}

void paste(Rgb8& canvas, int y, int x, const Rgb8& picture) {
  const Rect part = clip(canvas, {y, x, picture.height, picture.width});
  for (int row = part.y; row < part.y + part.height; ++row) {
    const std::uint8_t* source = picture.row(row - y) + std::ptrdiff_t{3} * (part.x - x);
    std::copy_n(source, std::ptrdiff_t{3} * part.width, canvas.row(row) + std::ptrdiff_t{3} * part.x);
  }
}

void blend(Rgb8& canvas, int y, int x, SheetColour colour, std::uint8_t coverage) {
  if (y < 0 || y >= canvas.height || x < 0 || x >= canvas.width) return;
  std::uint8_t* pixel = canvas.row(y) + std::ptrdiff_t{3} * x;
  pixel[0] = mix(pixel[0], colour.red, coverage);
  pixel[1] = mix(pixel[1], colour.green, coverage);
  pixel[2] = mix(pixel[2], colour.blue, coverage);
}

}  // namespace limpid
