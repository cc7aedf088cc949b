#include "engine/examples/k_means.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/philox.h"

namespace limpid {
namespace {

using Points = std::vector<std::vector<double>>;

/// Every step before has lessened the inertia, so that what is left then is no more than rounding.
constexpr int kMostIterations = 300;

double squared_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

Points unit_length(std::span<const std::vector<float>> vectors) {
  Points points;
  for (const std::vector<float>& vector : vectors) {
    std::vector<double>& point = points.emplace_back(vector.begin(), vector.end());
    double squares = 0;
    for (const double value : point) squares += value * value;
    if (point.size() != vectors.front().size())
      fail_input("vectors of {} and of {} numbers have no clusters", vectors.front().size(), point.size());
    if (!(squares > 0 && std::isfinite(squares)))
      fail_input("vector {} of {} has no direction: its length is {}", points.size() - 1, vectors.size(),
                 std::sqrt(squares));
    for (double& value : point) value /= std::sqrt(squares);
  }
  return points;
}

/// Uniform on [0, 1), a multiple of 2^-53: number `draw` of a start.
double uniform(std::uint64_t seed, int start, std::size_t draw) {
  const PhiloxBlock block =
      philox4x32_10({{static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(start), 0, 0}},
                    static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  return static_cast<double>((std::uint64_t{block.word[0]} << 32 | block.word[1]) >> 11) * 0x1p-53;
}

/// Points that become centres: each next one with a probability in proportion to its squared distance to the nearest
/// before it.
Points first_centres(const Points& points, std::size_t count, std::uint64_t seed, int start) {
  std::vector<double> nearest(points.size(), 1);
  Points centres;
  while (centres.size() < count) {
    double total = 0;
    for (const double distance : nearest) total += distance;
    const double mark = uniform(seed, start, centres.size()) * total;
    std::size_t chosen = points.size();
    double sum = 0;
    for (std::size_t i = 0; i < points.size() && !(sum > mark); ++i) {
      sum += nearest[i];
      if (nearest[i] > 0) chosen = i;
    }
    centres.push_back(points[chosen]);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double distance = squared_distance(points[i], points[chosen]);
      nearest[i] = centres.size() == 1 ? distance : std::min(nearest[i], distance);
    }
  }
  return centres;
}

class Lloyd {
 public:
  Lloyd(const Points& points, Points centres) : points_(points), distance_(points.size()) {
    clusters_.centres = std::move(centres);
    clusters_.cluster_of.assign(points.size(), points.size());
  }

  Clusters run() {
    for (int iteration = 0; iteration < kMostIterations; ++iteration) {
      if (!assign()) break;
      fill_empty();
      move_centres();
    }
    clusters_.inertia = 0;
    for (std::size_t i = 0; i < points_.size(); ++i)
      clusters_.inertia += squared_distance(points_[i], clusters_.centres[clusters_.cluster_of[i]]);
    return std::move(clusters_);
  }

 private:
  /// Whether any point has changed its cluster.
  bool assign() {
    bool changed = false;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      std::size_t best = 0;
      distance_[i] = std::numeric_limits<double>::infinity();
      for (std::size_t k = 0; k < clusters_.centres.size(); ++k) {
        const double distance = squared_distance(points_[i], clusters_.centres[k]);
        if (!(distance < distance_[i])) continue;
        distance_[i] = distance;
        best = k;
      }
      changed |= std::exchange(clusters_.cluster_of[i], best) != best;
    }
    return changed;
  }

  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> sizes(clusters_.centres.size(), 0);
    for (const std::size_t cluster : clusters_.cluster_of) ++sizes[cluster];
    return sizes;
  }

  void fill_empty() {
    std::vector<std::size_t> size = sizes();
    for (std::size_t k = 0; k < size.size(); ++k) {
      if (size[k] > 0) continue;
      std::size_t farthest = points_.size();
      for (std::size_t i = 0; i < points_.size(); ++i) {
        const bool may_leave = size[clusters_.cluster_of[i]] > 1;
        if (may_leave && (farthest == points_.size() || distance_[i] > distance_[farthest])) farthest = i;
      }
      --size[clusters_.cluster_of[farthest]];
      ++size[k];
      clusters_.cluster_of[farthest] = k;
      distance_[farthest] = 0;
    }
  }

  void move_centres() {
    const std::vector<std::size_t> size = sizes();
    for (std::vector<double>& centre : clusters_.centres) std::fill(centre.begin(), centre.end(), 0);
    for (std::size_t i = 0; i < points_.size(); ++i) {
      std::vector<double>& centre = clusters_.centres[clusters_.cluster_of[i]];
      for (std::size_t c = 0; c < centre.size(); ++c) centre[c] += points_[i][c];
    }
    for (std::size_t k = 0; k < size.size(); ++k) {
      for (double& value : clusters_.centres[k]) value /= static_cast<double>(size[k]);
    }
  }

  const Points& points_;
  Clusters clusters_;
  std::vector<double> distance_;  ///< Of each point to its centre, squared.
};

/// In order of their first vectors.
Clusters in_order(Clusters clusters) {
  constexpr auto unknown = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> number(clusters.centres.size(), unknown);
  Points centres;
  for (std::size_t& cluster : clusters.cluster_of) {
    if (number[cluster] == unknown) {
      number[cluster] = centres.size();
      centres.push_back(clusters.centres[cluster]);
    }
    cluster = number[cluster];
  }
  clusters.centres = std::move(centres);
  return clusters;
}

}  // namespace

Clusters k_means_from(std::span<const std::vector<float>> vectors, std::vector<std::vector<double>> centres) {
  const Points points = unit_length(vectors);
  if (centres.empty() || centres.size() > points.size())
    fail_input("{} centres of {} vectors: ask for 1 to {}", centres.size(), points.size(), points.size());
  for (const std::vector<double>& centre : centres) {
    if (centre.size() != points.front().size())
      fail_input("a centre of {} numbers for vectors of {}", centre.size(), points.front().size());
  }
  return Lloyd(points, std::move(centres)).run();
}

Clusters k_means(std::span<const std::vector<float>> vectors, std::size_t count, std::uint64_t seed,
                 int starts) {
  const Points points = unit_length(vectors);
  const std::size_t different = std::set(points.begin(), points.end()).size();
  if (count < 1 || count > different)
    fail_input("{} clusters of {} different vectors: ask for 1 to {}", count, different, different);
  Clusters best;
  for (int start = 0; start < std::max(starts, 1); ++start) {
    Clusters clusters = Lloyd(points, first_centres(points, count, seed, start)).run();
    if (start == 0 || clusters.inertia < best.inertia) best = std::move(clusters);
  }
  return in_order(std::move(best));
}

}  // namespace limpid
