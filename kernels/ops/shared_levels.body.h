// Arithmetic of shared_levels and its adjoint. The adjoint goes along rows first and down columns after:
// every value then adds some two divisors' worth of others, not the square of that.
#pragma once

#include "kernels/core/host_device.h"
#include "kernels/ops/level_taps.h"
#include "kernels/ops/shared_levels.h"

namespace limpid {

/// Works on a plane of a picture; called with a pixel.
struct SharedLevelsBody {
  const float* base;
  const float* copy;
  float* sum;
  SharedLevelShape shape;
  int h, w;

  LIMPID_HD SharedLevelsBody(const SharedLevels& op, int plane)
      : base(op.base.plane(0, plane)),
        copy(op.copies.data + plane / op.sum.c * op.copies.stride + plane % op.sum.c * op.shape.count),
        sum(op.sum.plane(0, plane)),
        shape(op.shape),
        h(op.sum.h),
        w(op.sum.w) {}

  LIMPID_HD void operator()(int y, int x) const {
    float value = base[y * w + x];
    LIMPID_UNROLL for (int k = 0; k < kMostSharedLevels; ++k) {
      if (k >= shape.levels) break;
      const SharedLevelShape::Level& level = shape.level[k];
      const LevelTaps row(y, level.h, h), column(x, level.w, w);
      value += enlarged(copy + level.first, level.w, row, column);
    }
    sum[y * w + x] = value;
  }
};

/// What both halves of the adjoint know of a plane of a job.
struct SharedLevelsAdjointPlane {
  const SharedLevelsAdjoint& op;
  int first_picture, plane;
  float* rows;

  LIMPID_HD SharedLevelsAdjointPlane(const SharedLevelsAdjoint& operation, int job_plane)
      : op(operation),
        first_picture(job_plane / op.dsum.c * op.pictures),
        plane(job_plane % op.dsum.c),
        rows(op.rows + std::int64_t{job_plane} * op.dsum.h * op.shape.columns) {}
};

/// Along rows: called with a value of `rows`, sums the pixels of its row that read the column.
struct SharedRowsBody : SharedLevelsAdjointPlane {
  using SharedLevelsAdjointPlane::SharedLevelsAdjointPlane;

  LIMPID_HD void operator()(std::int64_t i) const {
    const SharedLevelShape& shape = op.shape;
    const int y = static_cast<int>(i / shape.columns), column = static_cast<int>(i % shape.columns);
    int k = shape.levels - 1;
    while (column < shape.level[k].first_column) --k;
    const int cell = column - shape.level[k].first_column, cells = shape.level[k].w;
    const LevelReach pixels(cell, cells, op.dsum.w);
    float sum = 0;
    for (int image = 0; image < op.images; ++image) {
      const float* row = op.dsum.plane(first_picture + image, plane) + y * op.dsum.w;
      for (int x = pixels.first; x < pixels.end; ++x) {
        sum += LevelTaps(x, cells, op.dsum.w).weight(cell) * row[x];
      }
    }
    rows[i] = sum;
  }
};

/// Down columns: called with a value of the levels.
struct SharedColumnsBody : SharedLevelsAdjointPlane {
  using SharedLevelsAdjointPlane::SharedLevelsAdjointPlane;

  LIMPID_HD void operator()(std::int64_t i) const {
    const SharedLevelShape& shape = op.shape;
    int k = shape.levels - 1;
    while (i < shape.level[k].first) --k;
    const SharedLevelShape::Level& level = shape.level[k];
    const int index = static_cast<int>(i - level.first);
    const int cell = index / level.w, column = level.first_column + index % level.w;
    const LevelReach pixels(cell, level.h, op.dsum.h);
    float sum = 0;
    for (int y = pixels.first; y < pixels.end; ++y) {
      sum += LevelTaps(y, level.h, op.dsum.h).weight(cell) * rows[std::int64_t{y} * shape.columns + column];
    }
    for (int picture = first_picture; picture < first_picture + op.pictures; ++picture) {
      op.copies.data[picture * op.copies.stride + plane * shape.count + i] = sum;
    }
  }
};

}  // namespace limpid
