// One value of those that a transform may take.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/core/philox.h"
#include "kernels/ops/transform_list.h"

namespace limpid {

/// Value number `index` of a range that counts them.
LIMPID_HD float value_of(const ValueRange& range, std::uint32_t index) {
  if (range.count <= 1) return range.first;
  const float i = static_cast<float>(index), last = static_cast<float>(range.count - 1);
  if (range.geometric != 0) return range.first * powf(range.last / range.first, i / last);
  if (range.last - range.first == last) return range.first + i;  // Whole steps stay whole.
  return (range.first * (last - i) + range.last * i) / last;
}

/// One value of all that `count` ranges hold. Nothing is drawn where there is only one.
LIMPID_HD float draw_value(RandomStream& random, const ValueRange* ranges, int count) {
  if (ranges[0].count == 0) {
    const float share = uniform_unit(random.bits());
    return ranges[0].first * (1 - share) + ranges[0].last * share;
  }
  std::uint32_t all = 0;
  for (int i = 0; i < count; ++i) all += ranges[i].count * ranges[i].times;
  std::uint32_t index = all > 1 ? random.below(all) : 0;
  for (int i = 0; i + 1 < count; ++i) {
    const std::uint32_t here = ranges[i].count * ranges[i].times;
    if (index < here) return value_of(ranges[i], index % ranges[i].count);
    index -= here;
  }
  return value_of(ranges[count - 1], index % ranges[count - 1].count);
}

}  // namespace limpid
