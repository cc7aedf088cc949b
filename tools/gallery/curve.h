// An objective's curve, small enough to ship thousands of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace limpid {

/// Samples at equal distances from the first value to the last, each low + level / 255 * (high - low).
struct QuantisedCurve {
  double low = 0;
  double high = 0;
  std::vector<std::uint8_t> levels;
};

/// At most `points` (two or more) of the values; `low` and `high` bound the samples, not what lies between
/// them. Values that are not finite are left out.
QuantisedCurve quantise_curve(std::span<const double> values, std::size_t points);

}  // namespace limpid
