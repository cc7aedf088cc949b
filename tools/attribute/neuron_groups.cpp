#include "tools/attribute/neuron_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr int kMostGroups = 32;

std::size_t peak(const NeuronGroup& group) {
  return static_cast<std::size_t>(std::ranges::max_element(group.positions) - group.positions.begin());
}

NeuronGroup group_of(const NonnegativeFactors& factors, std::size_t k, std::size_t channels) {
  const auto count = static_cast<std::size_t>(factors.count);
  NeuronGroup group;
  for (std::size_t i = k; i < factors.left.size(); i += count) group.positions.push_back(factors.left[i]);
  const double most = *std::ranges::max_element(group.positions);
  for (double& position : group.positions) position /= most > 0 ? most : 1;
  for (std::size_t c = 0; c < channels; ++c)
    group.channels.push_back(static_cast<float>(factors.right[k * channels + c] * most));
  return group;
}

}  // namespace

NeuronGroups neuron_groups(const Activations& map, int count) {
  // A row a position.
  const auto channels = static_cast<std::size_t>(map.channels);
  const std::size_t positions = map.values.size() / channels;
  std::vector<float> rows(map.values.size());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t p = 0; p < positions; ++p) rows[p * channels + c] = map.values[c * positions + p];
  }
  const NonnegativeFactors factors = factorise(rows, static_cast<int>(positions), map.channels, count);
  NeuronGroups result{{}, factors.error};
  for (int k = 0; k < count; ++k)
    result.groups.push_back(group_of(factors, static_cast<std::size_t>(k), channels));
  const auto width = static_cast<std::size_t>(map.width);
  std::ranges::stable_sort(result.groups, [&](const NeuronGroup& a, const NeuronGroup& b) {
    return std::pair(peak(a) % width, peak(a) / width) < std::pair(peak(b) % width, peak(b) / width);
  });
  return result;
}

NeuronGroups neuron_groups(const Activations& map, int count, const std::string& layer) {
  try {
    return neuron_groups(map, count);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("no {} groups of {} with its {} x {} positions and {} channels: {}",
                                          count, layer, map.height, map.width, map.channels, error.what()));
  }
}

void check_group_count(int count) {
  if (count < 1 || count > kMostGroups)
    fail_usage("--groups {} is out of range: 1 to {}", count, kMostGroups);
}

std::vector<std::size_t> strongest_channels(const NeuronGroup& group, std::size_t count) {
  std::vector<std::size_t> order(group.channels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return group.channels[a] > group.channels[b]; });
  order.resize(std::min(order.size(), count));
  std::erase_if(order, [&](std::size_t channel) { return group.channels[channel] <= 0; });
  return order;
}

}  // namespace limpid
