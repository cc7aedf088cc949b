// What is kept of a unit's map on one picture.
#pragma once

#include <span>

namespace limpid {

struct MapStatistics {
  float mean = 0;  ///< Over the positions, before the ReLU where there is one: it has a sign.
  float max = 0;   ///< Over the positions, after the ReLU.
  int place = 0;   ///< The first position with the maximum, row by row.

  bool operator==(const MapStatistics&) const = default;
};

/// Of a map's values, row by row, before the layer's ReLU if it has one (`relu`): where it is positive nowhere, the
/// maximum after it is 0, at position 0. The mean is the sum of eight sums in double precision, each over the positions
/// with the same remainder by 8, in order; divided by their number and rounded once. A value that is not finite makes
/// the mean so.
MapStatistics map_statistics(std::span<const float> map, bool relu);

}  // namespace limpid
