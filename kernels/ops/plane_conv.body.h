// Arithmetic of plane_conv and its adjoint. A body makes a strip of pixels, side by side in one row of one plane: one or
// `stride` of them on a device, sixteen times as many on the host, whose compiler makes vectors of them.
#pragma once

#include "kernels/core/host_device.h"
#include "kernels/ops/plane_conv.h"

namespace limpid {

/// The strips of all planes of an image.
struct PlaneStrips {
  int across, rows, planes;

  LIMPID_HD PlaneStrips(const Planar<float>& made, int width)
      : across((made.w + width - 1) / width), rows(made.h), planes(made.c) {}
  LIMPID_HD std::int64_t count() const { return std::int64_t{across} * rows * planes; }
};

/// Where a strip begins.
struct PlaneStrip {
  int plane, row, first;

  LIMPID_HD PlaneStrip(const PlaneStrips& strips, std::int64_t strip, int width)
      : plane(static_cast<int>(strip / strips.across / strips.rows)),
        row(static_cast<int>(strip / strips.across % strips.rows)),
        first(static_cast<int>(strip % strips.across) * width) {}
};

/// Pixels [first, first + kCount) of a row, zeros beyond it.
template <int kCount>
struct PlaneSegment {
  float outside[kCount];
  const float* values;

  LIMPID_HD PlaneSegment(const float* row, int first, int width) {
#if !defined(__CUDA_ARCH__)  // There a few values, which are best kept in registers.
    if (first >= 0 && first + kCount <= width) {
      values = row + first;
      return;
    }
#endif
    LIMPID_UNROLL for (int i = 0; i < kCount; ++i) {
      const int x = first + i;
      outside[i] = x >= 0 && x < width ? row[x] : 0.0F;
    }
    values = outside;
  }
  PlaneSegment(const PlaneSegment&) = delete;
  PlaneSegment& operator=(const PlaneSegment&) = delete;
};

/// A sum as it is stored: of pixel number `index` of the result, in plane `plane`.
LIMPID_HD float finished(const PlaneSum& op, float sum, int plane, std::int64_t index) {
  if (op.bias != nullptr) sum += op.bias[plane];
  if (op.relu) sum = sum <= 0 ? 0.0F : sum;
  if (op.at == nullptr) return sum;
  const float at = op.at[index];
  if (op.masked && at <= 0) sum = 0;
  return op.pull == 0 ? sum : sum - op.pull * at;
}

/// Called with a strip of kPixels of y.
template <int kSize, int kStride, int kPixels>
struct PlaneConvBody {
  static constexpr int kWidth = kPixels, kBefore = (kSize - 1) / 2;
  const PlaneConv& op;
  int image;
  PlaneStrips strips;

  LIMPID_HD PlaneConvBody(const PlaneConv& op, int image) : op(op), image(image), strips(op.y, kWidth) {}

  LIMPID_HD void operator()(std::int64_t number) const {
    const PlaneStrip strip(strips, number, kWidth);
    float sum[kPixels] = {};
    for (int c = 0; c < op.x.c; ++c) {
      const float* plane = op.x.plane(image, c);
      const float* filter = op.filter.values + (std::int64_t{strip.plane} * op.x.c + c) * (kSize * kSize);
      for (int r = 0; r < kSize; ++r) {
        const int y = kStride * strip.row + r - kBefore;
        if (y < 0 || y >= op.x.h) continue;
        const PlaneSegment<kStride*(kPixels - 1) + kSize> row(plane + std::int64_t{y} * op.x.w,
                                                              kStride * strip.first - kBefore, op.x.w);
        LIMPID_UNROLL for (int s = 0; s < kSize; ++s) {
          const float weight = filter[r * kSize + s];
          LIMPID_UNROLL for (int i = 0; i < kPixels; ++i) sum[i] += weight * row.values[kStride * i + s];
        }
      }
    }
    const Planar<float>& y = op.y;
    const std::int64_t first =
        y.plane(image, strip.plane) - y.data + std::int64_t{strip.row} * y.w + strip.first;
    for (int i = 0; i < kPixels && strip.first + i < y.w; ++i)
      y.data[first + i] = finished(op.sum, sum[i], strip.plane, first + i);
  }
};

/// Called with a strip of kStride x kPixels of x.
template <int kSize, int kStride, int kPixels>
struct PlaneConvAdjointBody {
  static constexpr int kWidth = kStride * kPixels, kBefore = (kSize - 1) / 2;
  /// The first pixel of y that any of a strip's first kStride pixels is read from, before that of their own number.
  static constexpr int kLeft = (kSize - 1 - kBefore) / kStride;
  static constexpr int kReach = (kStride - 1 + kBefore) / kStride + kLeft;
  const PlaneConvAdjoint& op;
  int image;
  PlaneStrips strips;

  LIMPID_HD PlaneConvAdjointBody(const PlaneConvAdjoint& op, int image)
      : op(op), image(image), strips(op.x, kWidth) {}

  LIMPID_HD void operator()(std::int64_t number) const {
    const PlaneStrip strip(strips, number, kWidth);
    float sum[kStride][kPixels] = {};
    for (int k = 0; k < op.y.c; ++k) {
      const float* plane = op.y.plane(image, k);
      const float* filter = op.filter.values + (std::int64_t{k} * op.x.c + strip.plane) * (kSize * kSize);
      for (int r = (strip.row + kBefore) % kStride; r < kSize; r += kStride) {
        const int y = (strip.row + kBefore - r) / kStride;
        if (strip.row + kBefore < r || y >= op.y.h) continue;
        const PlaneSegment<kPixels + kReach> row(plane + std::int64_t{y} * op.y.w,
                                                 strip.first / kStride - kLeft, op.y.w);
        LIMPID_UNROLL for (int phase = 0; phase < kStride; ++phase) {
          LIMPID_UNROLL for (int s = (phase + kBefore) % kStride; s < kSize; s += kStride) {
            const float weight = filter[r * kSize + s];
            const float* from = row.values + kLeft + (phase + kBefore - s) / kStride;
            LIMPID_UNROLL for (int i = 0; i < kPixels; ++i) sum[phase][i] += weight * from[i];
          }
        }
      }
    }
    const Planar<float>& x = op.x;
    const std::int64_t first =
        x.plane(image, strip.plane) - x.data + std::int64_t{strip.row} * x.w + strip.first;
    for (int i = 0; i < kWidth && strip.first + i < x.w; ++i)
      x.data[first + i] = finished(op.sum, sum[i % kStride][i / kStride], strip.plane, first + i);
  }
};

}  // namespace limpid
