// How gradients pass max-pools.
#pragma once

namespace limpid {

enum class PoolGradient {
  max,      ///< To the largest value of each window: the derivative.
  average,  ///< As if the pool took the mean of each window: no favourite pixel, so no checkerboard.
  l2,       ///< As if the pool were mean(x^2) / (0.01 + mean(|x|)): between the two.
};

}  // namespace limpid
