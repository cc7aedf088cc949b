// Arithmetic of pyramid_sum and its adjoint. A body works on one plane.
#pragma once

#include "kernels/core/host_device.h"
#include "kernels/ops/pyramid_sum.h"

namespace limpid {

/// The two cells of a level, along one dimension, between which a pixel lies.
struct PyramidTaps {
  int low, high;
  float fraction;  ///< Weight of `high`.

  LIMPID_HD PyramidTaps(int pixel, int cells, int pixels) {
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

/// Called with a pixel.
struct PyramidSumBody {
  const float* parameters;
  float* latent;
  PyramidShape shape;
  int h, w;

  LIMPID_HD PyramidSumBody(const PyramidSum& op, int plane)
      : parameters(op.parameters + plane * op.shape.count),
        latent(op.latent.plane(0, plane)),
        shape(op.shape),
        h(op.latent.h),
        w(op.latent.w) {}

  LIMPID_HD void operator()(int y, int x) const {
    float sum = 0;
    LIMPID_UNROLL for (int k = 0; k < kPyramidLevels; ++k) {
      const PyramidShape::Level& level = shape.level[k];
      const PyramidTaps row(y, level.h, h), column(x, level.w, w);
      const float* above = parameters + level.first + row.low * level.w;
      const float* below = parameters + level.first + row.high * level.w;
      const float top = (1.0F - column.fraction) * above[column.low] + column.fraction * above[column.high];
      const float bottom =
          (1.0F - column.fraction) * below[column.low] + column.fraction * below[column.high];
      sum += (1.0F - row.fraction) * top + row.fraction * bottom;
    }
    latent[y * w + x] = sum;
  }
};

/// Called with a parameter; gathers the pixels that read it.
struct PyramidSumAdjointBody {
  const float* dlatent;
  float* dparameters;
  PyramidShape shape;
  int h, w;

  LIMPID_HD PyramidSumAdjointBody(const PyramidSumAdjoint& op, int plane)
      : dlatent(op.dlatent.plane(0, plane)),
        dparameters(op.dparameters + plane * op.shape.count),
        shape(op.shape),
        h(op.dlatent.h),
        w(op.dlatent.w) {}

  /// Pixels [first, end) along one dimension that may read a cell: a margin covers all rounding, for weights
  /// decide.
  struct Reach {
    int first, end;
    LIMPID_HD Reach(int cell, int cells, int pixels) {
      const int per_cell = (pixels + cells - 1) / cells;
      const int centre = static_cast<int>(std::int64_t{cell} * pixels / cells);
      first = centre - per_cell - 1 < 0 ? 0 : centre - per_cell - 1;
      end = centre + per_cell + 2 > pixels ? pixels : centre + per_cell + 2;
    }
  };

  LIMPID_HD void operator()(std::int64_t parameter) const {
    int k = kPyramidLevels - 1;
    while (parameter < shape.level[k].first) --k;
    const PyramidShape::Level& level = shape.level[k];
    const int index = static_cast<int>(parameter - level.first);
    const int cell_y = index / level.w, cell_x = index % level.w;
    const Reach rows(cell_y, level.h, h), columns(cell_x, level.w, w);
    float sum = 0;
    for (int y = rows.first; y < rows.end; ++y) {
      const float row_weight = PyramidTaps(y, level.h, h).weight(cell_y);
      if (row_weight == 0.0F) continue;
      float of_row = 0;
      for (int x = columns.first; x < columns.end; ++x) {
        of_row += PyramidTaps(x, level.w, w).weight(cell_x) * dlatent[y * w + x];
      }
      sum += row_weight * of_row;
    }
    dparameters[parameter] = sum;
  }
};

}  // namespace limpid
