#include "engine/examples/map_statistics.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

namespace limpid {
namespace {

/// Sums side by side, so that none waits for the one before it.
constexpr std::size_t kLanes = 8;

struct Lanes {
  std::array<double, kLanes> sum{};
  std::array<float, kLanes> max{};

  void add(std::size_t lane, float value) {
    sum[lane] += static_cast<double>(value);
    max[lane] = value > max[lane] ? value : max[lane];
  }
};

}  // namespace

MapStatistics map_statistics(std::span<const float> map, bool relu) {
  Lanes lanes;
  lanes.max.fill(-std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + kLanes <= map.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes.add(lane, map[i + lane]);
  }
  for (std::size_t lane = 0; i < map.size(); ++i, ++lane) lanes.add(lane, map[i]);

  double sum = 0;
  for (const double part : lanes.sum) sum += part;
  MapStatistics result;
  result.mean = static_cast<float>(sum / static_cast<double>(map.size()));
  const float max = *std::max_element(lanes.max.begin(), lanes.max.end());
  if (relu && !(max > 0)) return result;
  result.max = max;
  result.place = static_cast<int>(std::find(map.begin(), map.end(), max) - map.begin());
  return result;
}

}  // namespace limpid
