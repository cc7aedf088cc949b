#include "tools/attribute/group_attribution.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "tools/attribute/picture_rows.h"
#include "tools/attribute/position_overlay.h"

namespace limpid {

GroupAttribution attribute_to_groups(const std::vector<float>& values, const NeuronGroups& groups) {
  const std::size_t count = groups.groups.size();
  const std::size_t positions = groups.groups.front().positions.size();
  GroupAttribution result{std::vector<std::vector<double>>(count, std::vector<double>(positions)),
                          std::vector<double>(count), 0};
  std::vector<double> parts(count);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = i / positions, position = i % positions;
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const NeuronGroup& group = groups.groups[k];
      parts[k] = group.positions[position] * double{group.channels[channel]};
      sum += parts[k];
    }
    if (sum <= 0) {
      result.rest += double{values[i]};
      continue;
    }
    for (std::size_t k = 0; k < count; ++k) {
      const double part = double{values[i]} * parts[k] / sum;
      result.positions[k][position] += part;
      result.totals[k] += part;
    }
  }
  return result;
}

Image group_attribution_picture(const Image& photo, const GroupAttribution& attribution, int height,
                                int width) {
  double largest = 0;
  for (const std::vector<double>& group : attribution.positions) {
    for (const double number : group) largest = std::max(largest, std::abs(number));
  }
  std::vector<Image> overlays;
  for (const std::vector<double>& group : attribution.positions)
    overlays.push_back(position_overlay(photo, group, height, width, largest));
  return in_rows(overlays, static_cast<int>(overlays.size()));
}

void add_group_maps(ResultFile& file, const NeuronGroups& groups, int height, int width,
                    const std::string& stem) {
  const auto count = static_cast<int>(groups.groups.size());
  std::vector<float> positions, channels;
  for (const NeuronGroup& group : groups.groups) {
    positions.insert(positions.end(), group.positions.begin(), group.positions.end());
    channels.insert(channels.end(), group.channels.begin(), group.channels.end());
  }
  file.add(stem + "positions", {count, height, width}, positions);
  file.add(stem + "channels", {count, static_cast<int>(groups.groups.front().channels.size())}, channels);
}

void add_group_attribution(ResultFile& file, const GroupAttribution& attribution, const NeuronGroups& groups,
                           int height, int width) {
  const auto count = static_cast<int>(groups.groups.size());
  std::vector<float> parts;
  for (const std::vector<double>& group : attribution.positions)
    parts.insert(parts.end(), group.begin(), group.end());
  file.add("groups", {count}, std::vector<float>(attribution.totals.begin(), attribution.totals.end()));
  file.add("group_attribution", {count, height, width}, parts);
  file.add("group_rest", static_cast<float>(attribution.rest));
  add_group_maps(file, groups, height, width, "group_");
}

}  // namespace limpid
