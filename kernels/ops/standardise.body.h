// Arithmetic of standardise and its adjoint.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/standardise.h"

namespace limpid {

/// What one value adds to the sums.
LIMPID_HD PartialSums standardise_term(const Standardise& op, std::int64_t i) {
  const auto x = static_cast<double>(op.x[i]);
  return {x, x * x};
}
LIMPID_HD PartialSums standardise_term(const StandardiseAdjoint& op, std::int64_t i) {
  const auto dy = static_cast<double>(op.dy[i]);
  return {dy, dy * static_cast<double>(op.y[i])};
}

LIMPID_HD PartialSums operator+(PartialSums a, PartialSums b) {
  return {a.first + b.first, a.second + b.second};
}

/// The sums over an image, block after block.
template <class Op>
LIMPID_HD PartialSums standardise_sum(const Op& op, int image) {
  const std::int64_t blocks = standardise_blocks(op.count);
  PartialSums sum{0, 0};
  for (std::int64_t i = 0; i < blocks; ++i) sum = sum + op.partials[image * blocks + i];
  return sum;
}

LIMPID_HD ImageMoments moments_of(PartialSums sum, std::int64_t count) {
  const double mean = sum.first / static_cast<double>(count);
  const double variance = sum.second / static_cast<double>(count) - mean * mean;
  // Rounding may leave a little less than nothing; NaN stays.
  return {static_cast<float>(mean), static_cast<float>(sqrt(variance < 0 ? 0.0 : variance))};
}

/// Once the blocks of an image are summed.
LIMPID_HD void finish_sums(const Standardise& op, int image) {
  op.moments[image] = moments_of(standardise_sum(op, image), op.count);
}
/// Into the place of the image's first block.
LIMPID_HD void finish_sums(const StandardiseAdjoint& op, int image) {
  op.partials[image * standardise_blocks(op.count)] = standardise_sum(op, image);
}

struct StandardiseBody {
  const float* x;
  float* y;
  float mean, scale;

  LIMPID_HD StandardiseBody(const Standardise& op, int image)
      : x(op.x + image * op.count),
        y(op.y + image * op.count),
        mean(op.moments[image].mean),
        scale(1.0F / (op.moments[image].deviation + op.epsilon)) {}

  LIMPID_HD float load(std::int64_t i) const { return x[i]; }
  LIMPID_HD void store(std::int64_t i, float value) const { y[i] = (value - mean) * scale; }
  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

struct StandardiseAdjointBody {
  const float *y, *dy;
  float* dx;
  float mean, scale, along;

  LIMPID_HD StandardiseAdjointBody(const StandardiseAdjoint& op, int image)
      : y(op.y + image * op.count), dy(op.dy + image * op.count), dx(op.dx + image * op.count) {
    const PartialSums sum = op.partials[image * standardise_blocks(op.count)];
    const float deviation = op.moments[image].deviation;
    mean = static_cast<float>(sum.first / static_cast<double>(op.count));
    scale = 1.0F / (deviation + op.epsilon);
    along =
        deviation > 0.0F ? static_cast<float>(sum.second / static_cast<double>(op.count)) / deviation : 0.0F;
  }

  struct Loaded {
    float y, dy;
  };
  LIMPID_HD Loaded load(std::int64_t i) const { return {y[i], dy[i]}; }
  LIMPID_HD void store(std::int64_t i, const Loaded& v) const { dx[i] = (v.dy - mean) * scale - v.y * along; }
  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

}  // namespace limpid
