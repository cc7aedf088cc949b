// Arithmetic of resample and its adjoint, per pixel. Both work out weights by the same functions.
#pragma once

#include <cmath>

#include "kernels/ops/mirrored_extent.h"
#include "kernels/ops/network_pixels.h"
#include "kernels/ops/resample.h"

namespace limpid {

/// One dimension of a rule, over a source of so many pixels.
struct AxisSampler {
  SampleAxis axis;
  MirroredExtent source;

  LIMPID_HD AxisSampler(const SampleAxis& axis, int count) : axis(axis), source{count, axis.reflect} {}

  /// Where pixel `index` of the result looks.
  LIMPID_HD float point(int index) const {
    const float at = fmaf(axis.ratio, static_cast<float>(index), axis.start);
    if (axis.clamp == 0) return at;
    const float last = static_cast<float>(source.count - 1);
    return at < 0.0F ? 0.0F : at < last ? at : last;
  }

  /// Pixels of the result, of `results` there are, that may see something at `where` of the mirrored source.
  struct Range {
    int first, last;
  };
  LIMPID_HD Range lookers(int where, int results) const {
    // Wide enough for the rounding of points: a weight decides.
    constexpr float kReach = 1.01F;
    const float at = static_cast<float>(where) - axis.start;
    Range range{first_index((at - kReach) / axis.ratio, results),
                last_index((at + kReach) / axis.ratio, results)};
    if (axis.clamp != 0 && where == 0) range.first = 0;
    if (axis.clamp != 0 && where == source.count - 1) range.last = results - 1;
    return range;
  }
};

struct ResampleBody {
  Planar<const float> from;
  const Planar<float>& to;
  int image;
  AxisSampler rows, columns;
  float fill;

  LIMPID_HD ResampleBody(const Resample& op, int image)
      : from(op.from),
        to(op.to),
        image(image),
        rows(op.rule->rows, op.from.h),
        columns(op.rule->columns, op.from.w),
        fill(op.rule->fill) {}

  LIMPID_HD void operator()(int y, int x) const {
    const float at_y = rows.point(y), at_x = columns.point(x);
    const float top = floorf(at_y), left = floorf(at_x);
    const float weight_y[2] = {bilinear_weight(at_y, top), bilinear_weight(at_y, top + 1)};
    const float weight_x[2] = {bilinear_weight(at_x, left), bilinear_weight(at_x, left + 1)};
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
      const float* plane = from.plane(image, c);
      float sum = 0;
      LIMPID_UNROLL for (int dy = 0; dy < 2; ++dy) {
        const int row = rows.source.source(static_cast<int>(top) + dy);
        LIMPID_UNROLL for (int dx = 0; dx < 2; ++dx) {
          const int column = columns.source.source(static_cast<int>(left) + dx);
          const bool inside = row >= 0 && column >= 0;
          sum = fmaf(weight_y[dy] * weight_x[dx], inside ? plane[row * from.w + column] : fill, sum);
        }
      }
      to.plane(image, c)[y * to.w + x] = sum;
    }
  }
};

struct ResampleAdjointBody {
  Planar<const float> dto;
  const Planar<float>& dfrom;
  int image;
  AxisSampler rows, columns;

  LIMPID_HD ResampleAdjointBody(const ResampleAdjoint& op, int image)
      : dto(op.dto),
        dfrom(op.dfrom),
        image(image),
        rows(op.rule->rows, op.dfrom.h),
        columns(op.rule->columns, op.dfrom.w) {}

  LIMPID_HD void operator()(int py, int px) const {
    ChannelSums sum;
    for (int row = 0; row < 3; ++row) {
      int where_y = 0;
      if (!rows.source.image(py, row, where_y)) continue;
      for (int column = 0; column < 3; ++column) {
        int where_x = 0;
        if (columns.source.image(px, column, where_x)) sum += sums(where_y, where_x);
      }
    }
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) dfrom.plane(image, c)[py * dfrom.w + px] = sum.of[c];
  }

  /// What those pass that see something at (where_y, where_x) of the mirrored source.
  LIMPID_HD ChannelSums sums(int where_y, int where_x) const {
    ChannelSums sum;
    const AxisSampler::Range ys = rows.lookers(where_y, dto.h), xs = columns.lookers(where_x, dto.w);
    for (int y = ys.first; y <= ys.last; ++y) {
      const float weight_y = bilinear_weight(rows.point(y), static_cast<float>(where_y));
      if (weight_y == 0.0F) continue;
      for (int x = xs.first; x <= xs.last; ++x) {
        const float weight = weight_y * bilinear_weight(columns.point(x), static_cast<float>(where_x));
        LIMPID_UNROLL for (int c = 0; c < 3; ++c) sum.of[c] =
            fmaf(weight, dto.plane(image, c)[y * dto.w + x], sum.of[c]);
      }
    }
    return sum;
  }
};

}  // namespace limpid
