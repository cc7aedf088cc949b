#include "engine/atlas/fuzzy_graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace limpid {
namespace {

/// Of the mean distance: no scale is smaller, lest equal vectors leave the others without any strength.
constexpr double kLeastScale = 1e-3;

double distance_of(float cosine) {
  return std::max(0.0, 1 - double{cosine});
}

/// The strengths of a vector's neighbours, nearest first.
std::vector<double> strengths(std::span<const float> cosines) {
  double nearest = 0, mean = 0;
  for (const float cosine : cosines) mean += distance_of(cosine) / static_cast<double>(cosines.size());
  for (std::size_t i = cosines.size(); i-- > 0;) {
    if (distance_of(cosines[i]) > 0) nearest = distance_of(cosines[i]);
  }
  const double wanted = std::log2(static_cast<double>(cosines.size() + 1));
  const auto strength = [&](float cosine, double scale) {
    const double beyond = distance_of(cosine) - nearest;
    return beyond > 0 ? std::exp(-beyond / scale) : 1.0;
  };
  double low = 0, high = std::numeric_limits<double>::infinity(), scale = 1;
  constexpr int halvings = 64;
  for (int i = 0; i < halvings; ++i) {
    double sum = 0;
    for (const float cosine : cosines) sum += strength(cosine, scale);
    (sum > wanted ? high : low) = scale;
    scale = std::isinf(high) ? 2 * scale : (low + high) / 2;
  }
  scale = std::max({scale, kLeastScale * mean, std::numeric_limits<double>::min()});
  std::vector<double> all;
  for (const float cosine : cosines) all.push_back(strength(cosine, scale));
  return all;
}

struct HalfEdge {
  std::uint32_t end = 0, other = 0;
  double strength = 0;
};

}  // namespace

FuzzyGraph fuzzy_graph(const Neighbours& neighbours) {
  const std::size_t each = neighbours.each, count = neighbours.other.size() / each;
  std::vector<HalfEdge> halves;
  halves.reserve(2 * neighbours.other.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<double> strength = strengths({neighbours.product.data() + i * each, each});
    for (std::size_t k = 0; k < each; ++k) {
      const auto here = static_cast<std::uint32_t>(i);
      const std::uint32_t there = neighbours.other[i * each + k];
      halves.push_back({here, there, strength[k]});
      halves.push_back({there, here, strength[k]});
    }
  }
  // An edge that is seen from both ends stands twice, one after the other; their sum and product know no order.
  std::ranges::sort(halves, [](const HalfEdge& a, const HalfEdge& b) {
    return a.end != b.end ? a.end < b.end : a.other < b.other;
  });
  FuzzyGraph graph;
  graph.first.assign(count + 1, 0);
  for (std::size_t i = 0; i < halves.size();) {
    const HalfEdge& half = halves[i];
    const bool twice =
        i + 1 < halves.size() && halves[i + 1].end == half.end && halves[i + 1].other == half.other;
    const double other = twice ? halves[i + 1].strength : 0;
    const auto weight = static_cast<float>(half.strength + other - half.strength * other);
    i += twice ? 2 : 1;
    if (!(weight > 0)) continue;
    graph.other.push_back(half.other);
    graph.weight.push_back(weight);
    graph.first[half.end + 1] = graph.other.size();
  }
  for (std::size_t i = 1; i <= count; ++i) graph.first[i] = std::max(graph.first[i], graph.first[i - 1]);
  return graph;
}

}  // namespace limpid
