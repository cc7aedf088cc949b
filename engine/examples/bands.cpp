#include "engine/examples/bands.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>

#include "kernels/core/error.h"

namespace limpid {
namespace {

using Indices = std::vector<std::size_t>;

constexpr double kSlight = 0.25;

/// "0.9..0.99" as two numbers of [0, 1], the first not above the second.
std::optional<std::pair<double, double>> parse_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == text.npos) return std::nullopt;
  const auto number = [](std::string_view part, double& value) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    return error == std::errc() && end == part.data() + part.size() && value >= 0 && value <= 1;
  };
  std::pair<double, double> range;
  const bool sound = number(text.substr(0, dots), range.first) && number(text.substr(dots + 2), range.second);
  if (!sound || range.first > range.second) return std::nullopt;
  return range;
}

Band parse_band(std::string_view text) {
  if (text == "max") return {"max", BandKind::max};
  if (text == "min") return {"min", BandKind::min};
  if (text == "high") return {"high", BandKind::high};
  if (text == "low") return {"low", BandKind::low};
  if (text.starts_with('q')) {
    if (const auto range = parse_range(text.substr(1)))
      return {std::string(text), BandKind::quantiles, range->first, range->second};
  }
  fail_usage("'{}' is no band: max, min, high, low, or two quantiles, as q0.9..0.99", text);
}

/// Of values in any order, at least one; they are moved.
float quantile(std::vector<float>& values, double q) {
  const double rank = std::ceil(q * static_cast<double>(values.size()));
  const auto place = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

/// The values that a sample is taken of: [least, most].
struct Interval {
  float least = 0, most = 0;
};

/// Nothing where no value is on that side of zero.
std::optional<Interval> slight(std::span<const float> values, bool positive) {
  std::vector<float> sizes;
  for (const float value : values) {
    if (positive ? value > 0 : value < 0) sizes.push_back(std::abs(value));
  }
  if (sizes.empty()) return std::nullopt;
  const float edge = quantile(sizes, kSlight);
  const float nearest = *std::min_element(sizes.begin(), sizes.end());
  return positive ? Interval{nearest, edge} : Interval{-edge, -nearest};
}

std::optional<Interval> interval(const Band& band, std::span<const float> values) {
  if (band.kind != BandKind::quantiles) return slight(values, band.kind == BandKind::high);
  std::vector<float> all(values.begin(), values.end());
  if (all.empty()) return std::nullopt;
  return Interval{quantile(all, band.from), quantile(all, band.to)};
}

/// The first `most` by `before`, in its order.
template <class Before>
void keep_first(Indices& indices, std::size_t most, const Before& before) {
  const std::size_t count = std::min(most, indices.size());
  std::partial_sort(indices.begin(), indices.begin() + static_cast<std::ptrdiff_t>(count), indices.end(),
                    before);
  indices.resize(count);
}

}  // namespace

std::vector<Band> parse_bands(std::string_view text) {
  std::vector<Band> bands;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    bands.push_back(parse_band(text.substr(0, comma)));
    if (comma == text.size()) return bands;
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::size_t> pictures_of_band(const Band& band, std::span<const float> values,
                                          const std::function<std::uint64_t(std::size_t)>& hash,
                                          std::size_t most) {
  Indices indices(values.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  if (band.kind != BandKind::max && band.kind != BandKind::min) {
    const std::optional<Interval> of = interval(band, values);
    std::erase_if(indices,
                  [&](std::size_t i) { return !of || !(values[i] >= of->least && values[i] <= of->most); });
    keep_first(indices, most,
               [&](std::size_t a, std::size_t b) { return std::tuple(hash(a), a) < std::tuple(hash(b), b); });
  }
  const bool ascending = band.kind == BandKind::min || band.kind == BandKind::low;
  keep_first(indices, most, [&](std::size_t a, std::size_t b) {
    if (values[a] != values[b]) return ascending ? values[a] < values[b] : values[a] > values[b];
    return std::tuple(hash(a), a) < std::tuple(hash(b), b);
  });
  return indices;
}

}  // namespace limpid
