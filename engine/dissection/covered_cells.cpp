#include "engine/dissection/covered_cells.h"

#include <algorithm>
#include <cstddef>

namespace limpid {
namespace {

/// The cells, `count` of them in `side` pixels, that a pixel lies in, and how much of it: in 1 / count of a pixel, of which
/// a cell has `side`.
template <class Visit>
void visit_cells(std::int64_t pixel, std::int64_t side, std::int64_t count, const Visit& visit) {
  const std::int64_t begin = pixel * count, end = begin + count;
  for (std::int64_t cell = begin / side; cell * side < end; ++cell)
    visit(cell, std::min(end, (cell + 1) * side) - std::max(begin, cell * side));
}

}  // namespace

std::vector<std::uint8_t> covered_cells(std::span<const float> mask, int side, int height, int width) {
  const auto columns = static_cast<std::size_t>(width);
  std::vector<std::int64_t> areas(static_cast<std::size_t>(height) * columns);
  std::vector<std::int64_t> along(columns);
  for (int row = 0; row < side; ++row) {
    std::ranges::fill(along, 0);
    const std::span<const float> pixels = mask.subspan(
        static_cast<std::size_t>(row) * static_cast<std::size_t>(side), static_cast<std::size_t>(side));
    for (int column = 0; column < side; ++column) {
      if (!(pixels[static_cast<std::size_t>(column)] >= 0.5F)) continue;
      visit_cells(column, side, width, [&](std::int64_t cell, std::int64_t part) {
        along[static_cast<std::size_t>(cell)] += part;
      });
    }
    visit_cells(row, side, height, [&](std::int64_t cell, std::int64_t part) {
      for (std::size_t c = 0; c < columns; ++c)
        areas[static_cast<std::size_t>(cell) * columns + c] += part * along[c];
    });
  }
  const std::int64_t whole = std::int64_t{side} * side;
  std::vector<std::uint8_t> covered(areas.size());
  for (std::size_t i = 0; i < areas.size(); ++i) covered[i] = 2 * areas[i] >= whole ? 1 : 0;
  return covered;
}

}  // namespace limpid
