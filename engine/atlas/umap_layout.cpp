#include "engine/atlas/umap_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "kernels/core/error.h"
#include "kernels/core/parallel.h"
#include "kernels/core/philox.h"

namespace limpid {
namespace {

/// 1 / (1 + a d^(2b)), fitted to exp(0.05 - d) beyond a distance of 0.05 and 1 below it (equation 17 of the paper; by
/// least squares at 300 distances from 0 to 3).
constexpr float kA = 1.7502250F, kB = 0.8420554F;

constexpr float kSide = 10;        ///< Of the square that a layout begins in.
constexpr float kLargestMove = 4;  ///< Of a coordinate, before the rate.

struct Place {
  float x = 0, y = 0;
};

class Layout {
 public:
  Layout(const FuzzyGraph& graph, const LayoutOptions& options)
      : graph_(graph),
        options_(options),
        largest_(graph.weight.empty() ? 1 : std::ranges::max(graph.weight)) {}

  /// Where a vector is after an epoch that found all at `before`.
  Place moved(std::size_t vector, int epoch, const std::vector<Place>& before) const {
    const float rate = 1 - static_cast<float>(epoch) / static_cast<float>(options_.epochs);
    Place place = before[vector];
    for (std::size_t edge = graph_.first[vector]; edge < graph_.first[vector + 1]; ++edge) {
      if (!takes_part(edge, epoch)) continue;
      // As either end of the edge, of which the paper moves both.
      for (int end = 0; end < 2; ++end) attract(place, before[graph_.other[edge]], rate);
      for (int i = 0; i < options_.negatives; ++i) {
        const std::uint32_t other = drawn(edge, epoch, i);
        if (other != vector) repel(place, before[other], rate);
      }
    }
    return place;
  }

 private:
  /// A weight's share of all epochs, evenly apart.
  bool takes_part(std::size_t edge, int epoch) const {
    const double share = double{graph_.weight[edge]} / double{largest_};
    return std::floor(share * (epoch + 1)) > std::floor(share * epoch);
  }

  std::uint32_t drawn(std::size_t edge, int epoch, int number) const {
    const PhiloxBlock counter = {{static_cast<std::uint32_t>(edge), static_cast<std::uint32_t>(edge >> 32U),
                                  static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(number / 4)}};
    const PhiloxBlock block = philox4x32_10(counter, static_cast<std::uint32_t>(options_.seed),
                                            static_cast<std::uint32_t>(options_.seed >> 32U));
    return static_cast<std::uint32_t>(std::uint64_t{block.word[number % 4]} * graph_.count() >> 32U);
  }

  /// By `factor` times the way from the other.
  static void move(Place& place, const Place& other, float factor, float rate) {
    const auto limited = [](float value) { return std::clamp(value, -kLargestMove, kLargestMove); };
    const float x = place.x - other.x, y = place.y - other.y;
    place.x += rate * limited(factor * x);
    place.y += rate * limited(factor * y);
  }

  static float squared(const Place& a, const Place& b) {
    return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);
  }

  static void attract(Place& place, const Place& other, float rate) {
    const float d = squared(place, other);
    if (!(d > 0)) return;
    const float power = std::pow(d, kB);
    move(place, other, -2 * kA * kB * power / (d * (1 + kA * power)), rate);
  }

  static void repel(Place& place, const Place& other, float rate) {
    constexpr float softening = 0.001F;
    const float d = squared(place, other);
    move(place, other, 2 * kB / ((softening + d) * (1 + kA * std::pow(d, kB))), rate);
  }

  const FuzzyGraph& graph_;
  const LayoutOptions& options_;
  float largest_;
};

std::vector<Place> in_square(std::span<const float> start) {
  std::array<float, 2> least{}, most{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    least[axis] = most[axis] = start[axis];
    for (std::size_t i = axis; i < start.size(); i += 2) {
      least[axis] = std::min(least[axis], start[i]);
      most[axis] = std::max(most[axis], start[i]);
    }
  }
  const auto scaled = [&](float value, std::size_t axis) {
    const float extent = most[axis] - least[axis];
    return extent > 0 ? kSide * (value - least[axis]) / extent : 0;
  };
  std::vector<Place> places;
  for (std::size_t i = 0; i + 1 < start.size(); i += 2)
    places.push_back({scaled(start[i], 0), scaled(start[i + 1], 1)});
  return places;
}

}  // namespace

std::vector<float> umap_layout(const FuzzyGraph& graph, std::span<const float> start,
                               const LayoutOptions& options, const Stream& stream) {
  if (start.size() != 2 * graph.count())
    fail_usage("a start of {} numbers for {} vectors in the plane", start.size(), graph.count());
  const Layout layout(graph, options);
  std::vector<Place> places = in_square(start);
  std::vector<Place> after(places.size());
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    parallel_for(stream, static_cast<std::int64_t>(places.size()), [&](std::int64_t i) {
      const auto vector = static_cast<std::size_t>(i);
      after[vector] = layout.moved(vector, epoch, places);
    });
    places.swap(after);
  }
  std::vector<float> flat;
  for (const Place& place : places) {
    flat.push_back(place.x);
    flat.push_back(place.y);
  }
  return flat;
}

}  // namespace limpid
