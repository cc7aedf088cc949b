// Arithmetic of gradient_norm: the values of one part, and the factor from all of them.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/gradient_norm.h"

namespace limpid {

/// Part `part` of one image: values [begin, end), counted through its planes.
struct GradientPart {
  const float *gradient, *gradient_scale;
  std::int64_t begin, end, count;

  LIMPID_HD GradientPart(const GradientNorm& op, int image, int part)
      : gradient(op.gradient + std::int64_t{image} * op.planes * op.count),
        gradient_scale(op.gradient_scale),
        begin(op.planes * op.count * part / kGradientNormParts),
        end(op.planes * op.count * (part + 1) / kGradientNormParts),
        count(op.count) {}

  LIMPID_HD double square(std::int64_t i) const {
    const float scale = gradient_scale == nullptr ? 1.0F : gradient_scale[i % count];
    const double g = static_cast<double>(gradient[i] * scale);
    return g * g;
  }
};

struct GradientFactorBody {
  GradientNorm op;

  LIMPID_HD void operator()(std::int64_t image) const {
    double sum = 0;
    for (int part = 0; part < kGradientNormParts; ++part) sum += op.parts[image * kGradientNormParts + part];
    const double rms = sqrt(sum / static_cast<double>(op.planes * op.count));
    op.factor[image] = static_cast<float>(1 / (rms + 1e-20));
  }
};

}  // namespace limpid
