#include "engine/attribution/path_integral.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Where the slopes of t = 0 are taken.
constexpr double kInside = 0x1p-12;
/// Intervals that are halved together.
constexpr std::size_t kRound = 8;
/// Slopes that are kept: 8 GiB.
constexpr std::size_t kMostSlopes = std::size_t{1} << 31U;
/// So often are the first intervals, sixths of the way, halved into new stretches.
constexpr int kStretchDepth = 1;
/// Narrower ones are not halved: fp32 activations hardly tell their ends apart.
constexpr double kNarrowest = 0x1p-20;

struct PathPoint {
  double t = 0, value = 0, slope = 0;
  std::vector<float> slopes;
};

struct Interval {
  std::size_t left = 0, right = 0;  ///< Nodes.
  double width = 0, residual = 0;
  int depth = 0;            ///< How often a first interval was halved.
  std::size_t stretch = 0;  ///< A name of it; its intervals are neighbours.
};

double sum_of(const std::vector<float>& slopes) {
  return std::accumulate(slopes.begin(), slopes.end(), 0.0);
}

class Quadrature {
 public:
  Quadrature(RayFunction& f, const PathOptions& options) : f_(f), options_(options) { begin(); }

  PathIntegral run() {
    while (bound() > options_.tolerance && gradients_ + static_cast<int>(kRound) <= options_.most_gradients) {
      if (!halve_worst()) break;
    }
    return result();
  }

 private:
  std::vector<PathPoint> evaluate(const std::vector<double>& t) {
    std::vector<double> values(t.size());
    std::vector<std::vector<float>> slopes(t.size());
    f_.evaluate(t, values, slopes);
    gradients_ += static_cast<int>(t.size());
    std::vector<PathPoint> nodes;
    for (std::size_t i = 0; i < t.size(); ++i) {
      const double slope = sum_of(slopes[i]);
      nodes.push_back({t[i], values[i], slope, std::move(slopes[i])});
    }
    return nodes;
  }

  void begin() {
    std::vector<double> t = {0, kInside};
    constexpr int kIntervals = kFirstGradients - 2;
    for (int i = 1; i <= kIntervals; ++i) t.push_back(static_cast<double>(i) / kIntervals);
    nodes_ = evaluate(t);
    nodes_[1].t = 0;
    nodes_[1].value = nodes_[0].value;
    nodes_.erase(nodes_.begin());
    require_change(nodes_.front().value, nodes_.back().value);
    for (std::size_t i = 0; i + 1 < nodes_.size(); ++i)
      intervals_.push_back(between(i, i + 1, 0, stretches_++));
  }

  Interval between(std::size_t left, std::size_t right, int depth, std::size_t stretch) const {
    const PathPoint& a = nodes_[left];
    const PathPoint& b = nodes_[right];
    const double width = b.t - a.t;
    return {left, right, width, b.value - a.value - (a.slope + b.slope) / 2 * width, depth, stretch};
  }

  /// Both halves of one, and which stretches they are of.
  void push_halves(std::vector<Interval>& all, const Interval& whole, std::size_t middle) {
    const int depth = whole.depth + 1;
    const bool splits = depth <= kStretchDepth;
    all.push_back(between(whole.left, middle, depth, whole.stretch));
    all.push_back(between(middle, whole.right, depth, splits ? stretches_++ : whole.stretch));
  }

  /// Calls with the intervals of each stretch.
  template <class Take>
  void for_each_stretch(const Take& take) const {
    for (auto first = intervals_.begin(); first != intervals_.end();) {
      const auto last = std::find_if(first, intervals_.end(), [&](const Interval& interval) {
        return interval.stretch != first->stretch;
      });
      take(std::span(first, last));
      first = last;
    }
  }

  static double residual_of(std::span<const Interval> stretch) {
    double sum = 0;
    for (const Interval& interval : stretch) sum += interval.residual;
    return sum;
  }

  double change() const { return nodes_[intervals_.back().right].value - nodes_.front().value; }

  double bound() const {
    double sum = 0;
    for_each_stretch([&](std::span<const Interval> stretch) { sum += std::abs(residual_of(stretch)); });
    return sum / std::abs(change());
  }

  /// Whether any was.
  bool halve_worst() {
    std::vector<std::size_t> worst;
    for (std::size_t i = 0; i < intervals_.size(); ++i) {
      if (intervals_[i].width > kNarrowest) worst.push_back(i);
    }
    if (worst.empty()) return false;
    const std::size_t count = std::min(kRound, worst.size());
    std::ranges::stable_sort(worst, [&](std::size_t a, std::size_t b) {
      return std::abs(intervals_[a].residual) > std::abs(intervals_[b].residual);
    });
    worst.resize(count);
    std::ranges::sort(worst);
    std::vector<double> t;
    for (const std::size_t i : worst)
      t.push_back((nodes_[intervals_[i].left].t + nodes_[intervals_[i].right].t) / 2);
    for (PathPoint& node : evaluate(t)) nodes_.push_back(std::move(node));
    replace(worst);
    return true;
  }

  /// Intervals, by their order on the ray, by their halves; the new nodes come last.
  void replace(const std::vector<std::size_t>& halved) {
    std::vector<Interval> all;
    std::size_t node = nodes_.size() - halved.size();
    auto next = halved.begin();
    for (std::size_t i = 0; i < intervals_.size(); ++i) {
      if (next == halved.end() || *next != i) {
        all.push_back(intervals_[i]);
        continue;
      }
      push_halves(all, intervals_[i], node++);
      ++next;
    }
    intervals_ = std::move(all);
  }

  void add_parts(const Interval& interval, std::vector<double>& parts) const {
    const std::vector<float>& left = nodes_[interval.left].slopes;
    const std::vector<float>& right = nodes_[interval.right].slopes;
    for (std::size_t j = 0; j < parts.size(); ++j)
      parts[j] += (double{left[j]} + double{right[j]}) / 2 * interval.width;
  }

  PathIntegral result() const {
    PathIntegral result;
    result.start = nodes_.front().value;
    result.end = nodes_[intervals_.back().right].value;
    result.bound = bound();
    result.gradients = gradients_;
    result.parts.resize(f_.size());
    std::vector<double> corrections(f_.size());
    std::vector<double> parts(f_.size());
    for_each_stretch([&](std::span<const Interval> stretch) {
      std::ranges::fill(parts, 0.0);
      for (const Interval& interval : stretch) add_parts(interval, parts);
      for (std::size_t j = 0; j < parts.size(); ++j) result.parts[j] += parts[j];
      const double missed = residual_of(stretch);
      result.residual += missed;
      if (options_.correct) hand_out(missed, parts, result.parts, corrections);
    });
    for (const double c : corrections) result.correction += std::abs(c);
    result.correction /= std::abs(result.end - result.start);
    return result;
  }

  RayFunction& f_;
  PathOptions options_;
  std::vector<PathPoint> nodes_;
  std::vector<Interval> intervals_;  ///< From t = 0 to 1.
  std::size_t stretches_ = 0;        ///< Names that were given.
  int gradients_ = 0;
};

}  // namespace

void require_change(double start, double end) {
  if (start == end)
    fail_usage("the objective is {:.7g} at the photo and at the baseline: there is no difference to explain",
               end);
}

void hand_out(double residual, std::span<const double> weights, std::span<double> parts,
              std::span<double> corrections) {
  double total = 0;
  for (const double weight : weights) total += std::abs(weight);
  if (total == 0) return;
  for (std::size_t j = 0; j < weights.size(); ++j) {
    const double share = residual * (std::abs(weights[j]) / total);
    parts[j] += share;
    corrections[j] += share;
  }
}

PathIntegral integrate_path(RayFunction& f, const PathOptions& options) {
  const std::size_t most = kMostSlopes / std::max<std::size_t>(f.size(), 1);
  if (static_cast<std::size_t>(options.most_gradients) > most)
    fail_usage("{} gradients of {} elements would all be kept: at most {} of them are",
               options.most_gradients, f.size(), most);
  return Quadrature(f, options).run();
}

}  // namespace limpid
