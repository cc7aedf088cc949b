// The cells of a grid over a layout, and what lies in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace limpid {

struct AtlasCell {
  int row = 0, column = 0;
  std::vector<std::uint32_t> members;  ///< Numbers of vectors, ascending.
  std::vector<float> mean;             ///< Of their vectors.
};

/// The cells of a grid of side x side that hold `least` vectors or more, row by row. Of the layout (count x 2: x, then y) the
/// grid spans the values between the 1 % and the 99 % quantile of either axis and a tenth of that more on each side, as in
/// Carter et al. 2019, "Activation Atlas"; what lies farther out is brought to those quantiles. `vectors`: count x channels.
/// Throws Error{usage} for a side or `least` below 1 and for sizes that do not fit.
std::vector<AtlasCell> atlas_cells(std::span<const float> layout, std::span<const float> vectors,
                                   std::size_t channels, int side, std::size_t least);

}  // namespace limpid
