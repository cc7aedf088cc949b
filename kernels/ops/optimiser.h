// What there is to choose of an update.
#pragma once

#include <cstdint>

namespace limpid {

enum class Optimiser : std::int32_t {
  adam,
  nadam,     ///< Adam that looks one step ahead along its momentum.
  ascent,    ///< Along the gradient.
  momentum,  ///< Along the gradients so far, each beta1 times as strong an update later: the heavy ball.
};

/// How the rate changes from one update to the next, once it has been warmed up.
enum class RateSchedule : std::int32_t {
  constant,
  cosine,  ///< Half a period of a cosine, from the full rate towards zero at the last update.
};

/// Where Adam adds epsilon.
enum class EpsilonForm : std::int32_t {
  corrected,  ///< To the root of the second moment after its bias is corrected, as in the paper's algorithm.
  uncorrected,  ///< Before that, as in the paper's more efficient order: epsilon weighs more in early steps.
};

}  // namespace limpid
