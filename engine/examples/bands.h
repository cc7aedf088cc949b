// Bands: which of many pictures show what a unit responds to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// By a unit's value on each picture. Slightly: the quarter that is nearest to zero, as Vogt (2018) sets such examples
/// beside the extreme ones.
enum class BandKind {
  max,   ///< The largest values.
  min,   ///< The smallest.
  high,  ///< A sample of the slightly positive: above 0, up to the 25 % quantile of those above 0.
  low,  ///< A sample of the slightly negative: below 0, down to the 25 % quantile, by size, of those below 0.
  quantiles,  ///< A sample of what lies from one quantile of all values to another, both included.
};

/// A quantile q of n values is the ceil(q n)-th smallest, the first at least: one of them, nothing in between.
struct Band {
  std::string name;  ///< As it was written: "max", "q0.9..0.99".
  BandKind kind = BandKind::max;
  double from = 0, to = 1;  ///< Of `quantiles`.
};

/// Reads "max,high,low,min", "q0.9..0.99" and lists of them. Throws Error{usage}.
std::vector<Band> parse_bands(std::string_view text);

/// Up to `most` of the pictures, as indices into `values`, which are finite. Samples are those of the members with the
/// smallest `hash`; then all are in order of their values, from the largest, of `min` and `low` from the smallest. Equal
/// values are in order of hash, and equal hashes of index.
std::vector<std::size_t> pictures_of_band(const Band& band, std::span<const float> values,
                                          const std::function<std::uint64_t(std::size_t)>& hash,
                                          std::size_t most);

}  // namespace limpid
