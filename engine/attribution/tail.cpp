#include "engine/attribution/tail.h"

#include <array>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

SessionOptions options_from(const std::string& layer, const ComputeOptions& compute) {
  SessionOptions options;
  options.start = layer;
  options.backward = false;  // Of targets, which there are none of.
  options.compute = compute;
  return options;
}

}  // namespace

Tail::Tail(std::shared_ptr<const Model> model, const std::string& layer, const Extents& map,
           Objective objective, const ComputeOptions& compute)
    : session_(std::move(model), options_from(layer, compute)),
      objective_(std::move(objective)),
      map_(map),
      size_(static_cast<std::size_t>(map[1] * map[2] * map[3])) {}

void Tail::evaluate(std::size_t points, const Fill& fill, const Take& take) {
  evaluate_points(points, Wanted::gradients, fill, take);
}

void Tail::evaluate_values(std::size_t points, const Fill& fill, const Take& take) {
  evaluate_points(points, Wanted::values, fill, take);
}

void Tail::evaluate_points(std::size_t points, Wanted wanted, const Fill& fill, const Take& take) {
  // Two sizes of batch, for each size is a plan.
  std::size_t first = 0;
  for (; first + kBatch <= points; first += kBatch) evaluate_batch(first, kBatch, wanted, fill, take);
  for (; first < points; ++first) evaluate_batch(first, 1, wanted, fill, take);
}

void Tail::evaluate_batch(std::size_t first, std::size_t count, Wanted wanted, const Fill& fill,
                          const Take& take) {
  const std::size_t slopes = wanted == Wanted::gradients ? size_ : 0;
  points_.resize(count * size_);
  gradients_.resize(count * slopes);
  for (std::size_t i = 0; i < count; ++i) fill(first + i, std::span(points_).subspan(i * size_, size_));
  Extents extents = map_;
  extents[0] = static_cast<std::int64_t>(count);
  std::array<double, kBatch> values{};
  session_.gradient(dense_view<const float>(points_.data(), extents), objective_,
                    std::span(values).first(count),
                    slopes > 0 ? dense_view(gradients_.data(), extents) : TensorView<float>{});
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i]))
      fail_runtime("the value of '{}' is not finite on the way", to_string(objective_));
    take(first + i, values[i], std::span(gradients_).subspan(i * slopes, slopes));
  }
}

}  // namespace limpid
