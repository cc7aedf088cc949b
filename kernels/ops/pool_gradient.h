// How gradients pass max-pools.
#pragma once

#include <array>
#include <string_view>

#include "kernels/core/names.h"

namespace limpid {

enum class PoolGradient {
  max,      ///< To the largest value of each window: the derivative.
  average,  ///< As if the pool took the mean of each window: no favourite pixel, so no checkerboard.
  l2,       ///< As if the pool were mean(x^2) / (0.01 + mean(|x|)): between the two.
};

template <>
inline constexpr std::array<std::string_view, 3> kNames<PoolGradient> = {"max", "average", "l2"};

}  // namespace limpid
