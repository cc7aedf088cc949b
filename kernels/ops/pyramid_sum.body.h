// Arithmetic of pyramid_sum and its adjoint. A body works on one plane.
#pragma once

#include "kernels/core/host_device.h"
#include "kernels/ops/level_taps.h"
#include "kernels/ops/pyramid_sum.h"

namespace limpid {

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
      const LevelTaps row(y, level.h, h), column(x, level.w, w);
      sum += enlarged(parameters + level.first, level.w, row, column);
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

  LIMPID_HD void operator()(std::int64_t parameter) const {
    int k = kPyramidLevels - 1;
    while (parameter < shape.level[k].first) --k;
    const PyramidShape::Level& level = shape.level[k];
    const int index = static_cast<int>(parameter - level.first);
    const int cell_y = index / level.w, cell_x = index % level.w;
    const LevelReach rows(cell_y, level.h, h), columns(cell_x, level.w, w);
    float sum = 0;
    for (int y = rows.first; y < rows.end; ++y) {
      const float row_weight = LevelTaps(y, level.h, h).weight(cell_y);
      if (row_weight == 0.0F) continue;
      float of_row = 0;
      for (int x = columns.first; x < columns.end; ++x) {
        of_row += LevelTaps(x, level.w, w).weight(cell_x) * dlatent[y * w + x];
      }
      sum += row_weight * of_row;
    }
    dparameters[parameter] = sum;
  }
};

}  // namespace limpid
