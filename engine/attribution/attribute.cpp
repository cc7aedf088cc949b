#include "engine/attribution/attribute.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "engine/attribution/ray.h"
#include "engine/attribution/tail.h"
#include "kernels/core/error.h"
#include "kernels/core/philox.h"

namespace limpid {
namespace {

constexpr int kMostGradients = 100000;

void check_request(const Image& photo, const AttributionRequest& request) {
  const double tolerance = request.path.tolerance;
  if (!(tolerance >= 1e-6 && tolerance <= 1))
    fail_usage("a tolerance of {:g} is out of range: it is 0.000001 to 1", tolerance);
  const int most = request.path.most_gradients;
  if (most < kFirstGradients || most > kMostGradients)
    fail_usage("at most {} gradients: it is {} to {}", most, kFirstGradients, kMostGradients);
  if (request.samples < 1 || request.samples > kMostGradients)
    fail_usage("{} samples of noise: it is 1 to {}", request.samples, kMostGradients);
  if (!(request.deviation > 0 && request.deviation <= 10))
    fail_usage("noise of {:g} is out of range: it is above 0, and at most 10", request.deviation);
  const Image& other = request.baseline.photo;
  if (request.baseline.kind != AttributionBaseline::Kind::photo) return;
  if (other.height != photo.height || other.width != photo.width)
    fail_usage("the baseline is {}x{} and the photo {}x{}: they have to be of one size", other.height,
               other.width, photo.height, photo.width);
}

/// A map with noise of that deviation, the sample's own.
void add_noise(const std::vector<float>& map, double deviation, std::uint64_t seed, std::uint32_t sample,
               std::span<float> point) {
  const SlotKey key{seed, sample, 0};
  for (std::size_t i = 0; i < map.size(); i += 2) {
    const PhiloxBlock block = random_block(key, RandomPurpose::view_noise, static_cast<std::uint32_t>(i / 2));
    const NormalPair pair = normal_pair(block.word[0], block.word[1]);
    point[i] = static_cast<float>(double{map[i]} + deviation * double{pair.first});
    if (i + 1 < map.size())
      point[i + 1] = static_cast<float>(double{map[i + 1]} + deviation * double{pair.second});
  }
}

/// F at both ends, and the mean of gradients: at the photo's activations, or around them.
void mean_gradient(Tail& tail, const std::vector<float>& from, const std::vector<float>& to,
                   const AttributionRequest& request, Attribution& result) {
  const bool noisy = request.points == GradientPoints::around;
  const auto [least, most] = std::ranges::minmax(to);
  const double deviation = request.deviation * (double{most} - double{least});
  const std::size_t samples = noisy ? static_cast<std::size_t>(request.samples) : 0;
  std::vector<double> sum(to.size());
  tail.evaluate(
      2 + samples,
      [&](std::size_t i, std::span<float> point) {
        if (i < 2) return void(std::ranges::copy(i == 0 ? from : to, point.begin()));
        add_noise(to, deviation, request.seed, static_cast<std::uint32_t>(i - 2), point);
      },
      [&](std::size_t i, double value, std::span<const float> gradient) {
        if (i == 0) result.baseline_value = value;
        if (i == 1) result.value = value;
        if (noisy ? i < 2 : i != 1) return;
        for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += double{gradient[j]};
      });
  result.gradients = static_cast<int>(2 + samples);
  for (const double g : sum) result.gradient.push_back(static_cast<float>(noisy ? g / request.samples : g));
}

/// Each channel's gradients by their mean over positions.
void pool_positions(std::vector<float>& gradient, int channels) {
  const std::size_t positions = gradient.size() / static_cast<std::size_t>(channels);
  for (std::size_t first = 0; first < gradient.size(); first += positions) {
    const std::span<float> plane = std::span(gradient).subspan(first, positions);
    const double sum = std::accumulate(plane.begin(), plane.end(), 0.0);
    std::ranges::fill(plane, static_cast<float>(sum / static_cast<double>(positions)));
  }
}

/// The attribution that `result.gradient` makes.
void multiply(const std::vector<float>& from, const std::vector<float>& to, bool correct,
              Attribution& result) {
  const double change = result.value - result.baseline_value;
  require_change(result.baseline_value, result.value);
  std::vector<double> parts(to.size()), corrections(to.size());
  for (std::size_t i = 0; i < to.size(); ++i)
    parts[i] = double{result.gradient[i]} * (double{to[i]} - double{from[i]});
  result.residual = change - std::accumulate(parts.begin(), parts.end(), 0.0);
  result.bound = std::abs(result.residual / change);
  if (correct) {
    const std::vector<double> weights = parts;
    hand_out(result.residual, weights, parts, corrections);
  }
  for (const double c : corrections) result.correction += std::abs(c / change);
  result.values.assign(parts.begin(), parts.end());
}

void integrate(Tail& tail, const std::vector<float>& from, const std::vector<float>& to,
               const PathOptions& options, Attribution& result) {
  Ray ray(tail, from, to);
  const PathIntegral integral = integrate_path(ray, options);
  result.values = ray.spread(integral.parts);
  result.value = integral.end;
  result.baseline_value = integral.start;
  result.residual = integral.residual;
  result.bound = integral.bound;
  result.correction = integral.correction;
  result.gradients = integral.gradients;
}

}  // namespace

std::vector<double> Attribution::by_position() const {
  std::vector<double> sums(static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < values.size(); ++i) sums[i % sums.size()] += double{values[i]};
  return sums;
}

std::vector<double> Attribution::by_channel() const {
  std::vector<double> sums(static_cast<std::size_t>(channels));
  const std::size_t positions = values.size() / sums.size();
  for (std::size_t i = 0; i < values.size(); ++i) sums[i / positions] += double{values[i]};
  return sums;
}

double Attribution::sum() const {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

Attribution attribute(std::shared_ptr<const Model> model, const Image& photo,
                      const AttributionRequest& request) {
  check_request(photo, request);
  const auto [extents, from, to] = ray_ends(*model, photo, request.layer, request.baseline, request.compute);
  Attribution result;
  result.channels = static_cast<int>(extents[1]);
  result.height = static_cast<int>(extents[2]);
  result.width = static_cast<int>(extents[3]);
  Tail tail(std::move(model), request.layer, extents, request.objective, request.compute);
  if (request.points == GradientPoints::path) {
    integrate(tail, from, to, request.path, result);
    return result;
  }
  mean_gradient(tail, from, to, request, result);
  if (request.pooled) pool_positions(result.gradient, result.channels);
  multiply(from, to, request.path.correct, result);
  return result;
}

}  // namespace limpid
