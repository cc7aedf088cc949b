// Which cells of a coarse picture make up a pixel of an enlarged one, and which pixels read a cell.
#pragma once

#include <cstdint>

#include "kernels/core/host_device.h"

namespace limpid {

/// The two cells of a level, along one dimension, between which a pixel lies: at the pixel's number times the
/// level's size over the picture's, TensorFlow 1's resize, whose first pixels coincide.
struct LevelTaps {
  int low, high;
  float fraction;  ///< Weight of `high`.

  LIMPID_HD LevelTaps(int pixel, int cells, int pixels) {
    const float at = static_cast<float>(pixel) * (static_cast<float>(cells) / static_cast<float>(pixels));
    low = static_cast<int>(at);
    if (low >= cells) low = cells - 1;  // Rounding may reach the end.
    high = low + 1 < cells ? low + 1 : low;
    fraction = at - static_cast<float>(low);
  }

  /// Of one cell.
  LIMPID_HD float weight(int cell) const {
    return (cell == low ? 1.0F - fraction : 0.0F) + (cell == high ? fraction : 0.0F);
  }
};

/// Pixels [first, end) along one dimension that may read a cell: a margin covers all rounding, for weights
/// decide.
struct LevelReach {
  int first, end;
  LIMPID_HD LevelReach(int cell, int cells, int pixels) {
    const int per_cell = (pixels + cells - 1) / cells;
    const int centre = static_cast<int>(std::int64_t{cell} * pixels / cells);
    first = centre - per_cell - 1 < 0 ? 0 : centre - per_cell - 1;
    end = centre + per_cell + 2 > pixels ? pixels : centre + per_cell + 2;
  }
};

/// A level of rows of `width` cells, at a pixel.
LIMPID_HD float enlarged(const float* level, int width, const LevelTaps& row, const LevelTaps& column) {
  const float* above = level + row.low * width;
  const float* below = level + row.high * width;
  const float top = (1.0F - column.fraction) * above[column.low] + column.fraction * above[column.high];
  const float bottom = (1.0F - column.fraction) * below[column.low] + column.fraction * below[column.high];
  return (1.0F - row.fraction) * top + row.fraction * bottom;
}

}  // namespace limpid
