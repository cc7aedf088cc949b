// Arithmetic of gaussian_blur, per pixel.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/core/host_device.h"
#include "kernels/ops/gaussian_blur.h"

namespace limpid {

/// exp(-k^2 / (2 deviation^2)) for k = 1, 2, ...: each from the one before by two products.
struct GaussianWeights {
  float weight = 1;
  float ratio, square;

  LIMPID_HD explicit GaussianWeights(float deviation)
      : ratio(expf(-0.5F / (deviation * deviation))), square(ratio * ratio) {}

  LIMPID_HD float next() {
    weight *= ratio;
    ratio *= square;
    return weight;
  }
};

struct GaussianBlurBody {
  Planar<const float> in;
  Planar<float> out;
  int image;
  bool along_rows, adjoint;
  float deviation;
  int radius;
  float scale = 1;  ///< 1 / the sum of the weights.

  LIMPID_HD GaussianBlurBody(const GaussianBlur& op, int image)
      : in(op.in),
        out(op.out),
        image(image),
        along_rows(op.axis == BlurAxis::rows),
        adjoint(op.adjoint),
        deviation(op.deviation[image]) {
    const int most = extent() - 1;
    const float wanted = ceilf(3 * deviation);
    radius = wanted < static_cast<float>(most) ? static_cast<int>(wanted) : most;
    if (radius == 0) return;
    float sum = 1;
    GaussianWeights weights(deviation);
    for (int k = 1; k <= radius; ++k) sum += 2 * weights.next();
    scale = 1 / sum;
  }

  LIMPID_HD int extent() const { return along_rows ? in.w : in.h; }

  LIMPID_HD void operator()(int y, int x) const {
    const int at = along_rows ? x : y;
    const int stride = along_rows ? 1 : in.w;
    const int pixel = y * in.w + x;
    float sum[3];
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) sum[c] = in.plane(image, c)[pixel];
    if (radius > 0) {
      const int line = pixel - at * stride;  // Where this row or column begins.
      if (adjoint) {
        gather(at, line, stride, sum);
      } else {
        spread(at, line, stride, sum);
      }
    }
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) out.plane(image, c)[pixel] = scale * sum[c];
  }

  /// What the pixel takes from its neighbours.
  LIMPID_HD void spread(int at, int line, int stride, float* sum) const {
    const int last = extent() - 1;
    GaussianWeights weights(deviation);
    for (int k = 1; k <= radius; ++k) {
      const float weight = weights.next();
      const int before = at - k < 0 ? k - at : at - k;
      const int behind = at + k > last ? 2 * last - at - k : at + k;
      add(weight, line + before * stride, sum);
      add(weight, line + behind * stride, sum);
    }
  }

  /// What the pixels that took from it pass back: those around it, and those around its mirror images.
  LIMPID_HD void gather(int at, int line, int stride, float* sum) const {
    const int last = extent() - 1;
    GaussianWeights weights(deviation);
    for (int k = 1; k <= radius; ++k) {
      const float weight = weights.next();
      if (at - k >= 0) add(weight, line + (at - k) * stride, sum);
      if (at + k <= last) add(weight, line + (at + k) * stride, sum);
      if (at > 0 && k >= at) add(weight, line + (k - at) * stride, sum);
      if (at < last && k >= last - at) add(weight, line + (2 * last - at - k) * stride, sum);
    }
  }

  LIMPID_HD void add(float weight, int pixel, float* sum) const {
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) sum[c] = fmaf(weight, in.plane(image, c)[pixel], sum[c]);
  }
};

}  // namespace limpid
