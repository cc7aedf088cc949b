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
using Curves = std::vector<std::vector<double>>;

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
    const PhiloxBlock block = random_block(key, RandomPurpose::order, static_cast<std::uint32_t>(i));
    std::swap(order[i - 1], order[std::uint64_t{block.word[0]} * i >> 32]);
  }
  return order;
}

class Removals {
 public:
  Removals(std::shared_ptr<const Model> model, const AttributionRequest& request, RayEnds ends, int steps)
      : ends_(std::move(ends)),
        tail_(std::move(model), request.layer, ends_.extents, request.objective, request.compute),
        positions_(static_cast<std::size_t>(ends_.extents[2] * ends_.extents[3])),
        steps_(std::min(static_cast<std::size_t>(steps), positions_)) {}

  std::size_t positions() const { return positions_; }

  /// For each order two: from the baseline to the photo, and back.
  Curves curves(const std::vector<Order>& orders,
                const std::function<void(std::size_t, std::size_t)>& progress) {
    const std::size_t between = steps_ - 1, all = 2 + 2 * orders.size() * between;
    Curves curves(2 * orders.size());
    double start = 0, end = 0;
    // All in one go, in whole batches; the two ends first, which every curve has.
    tail_.evaluate_values(
        all,
        [&](std::size_t i, std::span<float> point) {
          if (i < 2) return void(std::ranges::copy(i == 0 ? ends_.from : ends_.to, point.begin()));
          const std::size_t curve = (i - 2) / between, step = (i - 2) % between + 1;
          mix(orders[curve / 2], curve % 2 == 1, step, point);
        },
        [&](std::size_t i, double value, std::span<const float>) {
          if (progress) progress(i + 1, all);
          if (i == 0) {
            start = value;
          } else if (i == 1) {
            end = value;
            require_change(start, end);
          } else {
            curves[(i - 2) / between].push_back((value - start) / (end - start));
          }
        });
    for (std::size_t curve = 0; curve < curves.size(); ++curve) {
      curves[curve].insert(curves[curve].begin(), curve % 2 == 0 ? 0.0 : 1.0);
      curves[curve].push_back(curve % 2 == 0 ? 1.0 : 0.0);
    }
    return curves;
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

  /// The map after a step from the baseline to the photo, or with `deletion` back.
  void mix(const Order& order, bool deletion, std::size_t step, std::span<float> point) const {
    const std::vector<float>& before = deletion ? ends_.to : ends_.from;
    const std::vector<float>& after = deletion ? ends_.from : ends_.to;
    std::ranges::copy(before, point.begin());
    for (std::size_t k = 0; k < moved(step); ++k) {
      for (std::size_t at = order[k]; at < point.size(); at += positions_) point[at] = after[at];
    }
  }

  RayEnds ends_;
  Tail tail_;
  std::size_t positions_, steps_;
};

void check_removal(const RemovalOptions& options, const RayEnds& ends, const Attribution& attribution) {
  if (options.steps < 1 || options.steps > kMostRemovals)
    fail_usage("{} steps of a curve: it is 1 to {}", options.steps, kMostRemovals);
  if (options.random_orders < 0 || options.random_orders > kMostRemovals)
    fail_usage("{} random orders: it is 0 to {}", options.random_orders, kMostRemovals);
  if (ends.from.size() != ends.to.size())
    fail_usage("the baseline's map has {} values and the photo's {}: they have to be of one size",
               ends.from.size(), ends.to.size());
  const auto [batch, channels, height, width] = ends.extents;
  if (attribution.channels != channels || attribution.height != height || attribution.width != width ||
      attribution.values.size() != ends.to.size())
    fail_usage("an attribution of {} x {} x {} values is none of a map of {} x {} x {}", attribution.channels,
               attribution.height, attribution.width, channels, height, width);
}

}  // namespace

double area_under(const std::vector<double>& shares, const std::vector<double>& curve) {
  double area = 0;
  for (std::size_t i = 1; i < curve.size(); ++i)
    area += (shares[i] - shares[i - 1]) * (curve[i] + curve[i - 1]) / 2;
  return area;
}

RemovalCurves removal_curves(std::shared_ptr<const Model> model, const Image& photo,
                             const AttributionRequest& request, const Attribution& attribution,
                             const RemovalOptions& options) {
  RayEnds ends = ray_ends(*model, photo, request.layer, request.baseline, request.compute);
  check_removal(options, ends, attribution);
  Removals removals(std::move(model), request, std::move(ends), options.steps);
  std::vector<double> numbers = attribution.by_position();
  if (attribution.value < attribution.baseline_value) {
    for (double& number : numbers) number = -number;
  }
  std::vector<Order> orders = {largest_first(numbers)};
  for (int i = 0; i < options.random_orders; ++i)
    orders.push_back(shuffled(removals.positions(), options.seed, static_cast<std::uint32_t>(i)));
  RemovalCurves result;
  result.shares = removals.shares();
  Curves curves = removals.curves(orders, options.progress);
  result.insertion = std::move(curves[0]);
  result.deletion = std::move(curves[1]);
  for (std::size_t i = 2; i < curves.size(); i += 2) {
    result.random_insertion.push_back(std::move(curves[i]));
    result.random_deletion.push_back(std::move(curves[i + 1]));
  }
  return result;
}

}  // namespace limpid
