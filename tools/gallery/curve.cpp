#include "tools/gallery/curve.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace limpid {

QuantisedCurve quantise_curve(std::span<const double> values, std::size_t points) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](double value) { return std::isfinite(value); });
  if (finite.empty()) return {};

  std::vector<double> samples = finite;
  if (finite.size() > points) {
    samples.resize(points);
    for (std::size_t i = 0; i < points; ++i) samples[i] = finite[i * (finite.size() - 1) / (points - 1)];
  }
  const auto [low, high] = std::minmax_element(samples.begin(), samples.end());
  QuantisedCurve curve{*low, *high, {}};
  const double range = curve.high - curve.low;
  for (const double sample : samples) {
    const double level = range > 0 ? std::round((sample - curve.low) / range * 255) : 0;
    curve.levels.push_back(static_cast<std::uint8_t>(level));
  }
  return curve;
}

}  // namespace limpid
