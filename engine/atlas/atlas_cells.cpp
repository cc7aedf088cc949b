#include "engine/atlas/atlas_cells.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr double kOutside = 0.01, kMargin = 0.1;

/// The row or column of each vector.
std::vector<int> lines_of(std::span<const float> layout, std::size_t axis, int side) {
  std::vector<float> values;
  for (std::size_t i = axis; i < layout.size(); i += 2) values.push_back(layout[i]);
  std::vector<float> sorted = values;
  std::ranges::sort(sorted);
  const auto last = static_cast<double>(sorted.size() - 1);
  const double low = double{sorted[static_cast<std::size_t>(kOutside * last)]};
  const double high = double{sorted[static_cast<std::size_t>((1 - kOutside) * last + 0.5)]};
  const double extent = (high - low) * (1 + 2 * kMargin), begin = low - (high - low) * kMargin;
  std::vector<int> lines;
  for (const float value : values) {
    const double at = extent > 0 ? (std::clamp(double{value}, low, high) - begin) / extent : 0.5;
    lines.push_back(std::clamp(static_cast<int>(at * side), 0, side - 1));
  }
  return lines;
}

}  // namespace

std::vector<AtlasCell> atlas_cells(std::span<const float> layout, std::span<const float> vectors,
                                   std::size_t channels, int side, std::size_t least) {
  if (side < 1 || least < 1) fail_usage("a grid of {} x {} cells of {} vectors or more", side, side, least);
  const std::size_t count = layout.size() / 2;
  if (count == 0 || layout.size() != 2 * count || vectors.size() != count * channels)
    fail_usage("a layout of {} numbers for {} of vectors of {}", layout.size(), vectors.size(), channels);
  const std::vector<int> columns = lines_of(layout, 0, side), rows = lines_of(layout, 1, side);
  std::vector<AtlasCell> all(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  for (std::size_t i = 0; i < count; ++i) {
    AtlasCell& cell = all[static_cast<std::size_t>(rows[i]) * static_cast<std::size_t>(side) +
                          static_cast<std::size_t>(columns[i])];
    cell.row = rows[i];
    cell.column = columns[i];
    cell.members.push_back(static_cast<std::uint32_t>(i));
  }
  std::erase_if(all, [least](const AtlasCell& cell) { return cell.members.size() < least; });
  for (AtlasCell& cell : all) {
    std::vector<double> sum(channels, 0);
    for (const std::uint32_t member : cell.members) {
      for (std::size_t c = 0; c < channels; ++c) sum[c] += double{vectors[member * channels + c]};
    }
    for (const double value : sum)
      cell.mean.push_back(static_cast<float>(value / static_cast<double>(cell.members.size())));
  }
  return all;
}

}  // namespace limpid
