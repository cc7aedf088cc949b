#include "engine/attribution/removal_curves.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "engine/attribution/tail.h"
#include "kernels/core/error.h"
#include "kernels/core/philox.h"

namespace limpid {
namespace {

constexpr int kMostRemovals = 1000;

using Order = std::vector<std::size_t>;

Order largest_first(const std::vector<double>& numbers) {
  Order order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return numbers[a] > numbers[b]; });
  return order;
}

/// Fisher and Yates's shuffle.
Order shuffled(std::size_t count, std::uint64_t seed, std::uint32_t number) {
  Order order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const SlotKey key{seed, number, 0};
  for (std::size_t i = count; i > 1; --i) {
    const PhiloxBlock block = random_block(key, RandomPurpose::view_noise, static_cast<std::uint32_t>(i));
    std::swap(order[i - 1], order[std::uint64_t{block.word[0]} * i >> 32]);
  }
  return order;
}

class Removals {
 public:
  Removals(std::shared_ptr<const Model> model, const AttributionRequest& request, RayEnds ends, int steps)
      : ends_(std::move(ends)),
        tail_(std::move(model), request.layer, ends_.extents, request.objective, request.compute),
        steps_(static_cast<std::size_t>(steps)),
        positions_(static_cast<std::size_t>(ends_.extents[2] * ends_.extents[3])) {}

  std::size_t positions() const { return positions_; }

  /// From the baseline to the photo, or with `deletion` back.
  std::vector<double> curve(const Order& order, bool deletion) {
    const std::vector<float>& before = deletion ? ends_.to : ends_.from;
    const std::vector<float>& after = deletion ? ends_.from : ends_.to;
    std::vector<double> values;
    tail_.evaluate(
        steps_ + 1,
        [&](std::size_t i, std::span<float> point) {
          std::ranges::copy(before, point.begin());
          for (std::size_t k = 0; k < moved(i); ++k) {
            for (std::size_t at = order[k]; at < point.size(); at += positions_) point[at] = after[at];
          }
        },
        [&](std::size_t, double value, std::span<const float>) { values.push_back(value); });
    const double start = deletion ? values.back() : values.front();
    const double end = deletion ? values.front() : values.back();
    require_change(start, end);
    for (double& value : values) value = (value - start) / (end - start);
    return values;
  }

  std::vector<double> shares() const {
    std::vector<double> shares;
    for (std::size_t i = 0; i <= steps_; ++i)
      shares.push_back(static_cast<double>(moved(i)) / static_cast<double>(positions_));
    return shares;
  }

 private:
  /// Positions that are moved after step `i`.
  std::size_t moved(std::size_t i) const { return positions_ * i / steps_; }

  RayEnds ends_;
  Tail tail_;
  std::size_t steps_, positions_;
};

}  // namespace

double area_under(const std::vector<double>& curve) {
  const double ends = (curve.front() + curve.back()) / 2;
  return (std::accumulate(curve.begin(), curve.end(), 0.0) - ends) / static_cast<double>(curve.size() - 1);
}

RemovalCurves removal_curves(std::shared_ptr<const Model> model, const Image& photo,
                             const AttributionRequest& request, const Attribution& attribution,
                             const RemovalOptions& options) {
  if (options.steps < 1 || options.steps > kMostRemovals)
    fail_usage("{} steps of a curve: it is 1 to {}", options.steps, kMostRemovals);
  if (options.random_orders < 0 || options.random_orders > kMostRemovals)
    fail_usage("{} random orders: it is 0 to {}", options.random_orders, kMostRemovals);
  RayEnds ends = ray_ends(*model, photo, request.layer, request.baseline, request.compute);
  Removals removals(std::move(model), request, std::move(ends), options.steps);
  RemovalCurves curves;
  curves.shares = removals.shares();
  std::vector<double> numbers = attribution.by_position();
  if (attribution.value < attribution.baseline_value) {
    for (double& number : numbers) number = -number;
  }
  const Order order = largest_first(numbers);
  curves.insertion = removals.curve(order, false);
  curves.deletion = removals.curve(order, true);
  for (int i = 0; i < options.random_orders; ++i) {
    const Order random = shuffled(removals.positions(), options.seed, static_cast<std::uint32_t>(i));
    curves.random_insertion.push_back(removals.curve(random, false));
    curves.random_deletion.push_back(removals.curve(random, true));
  }
  return curves;
}

}  // namespace limpid
