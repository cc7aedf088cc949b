// What there is to choose of an update.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernels/core/names.h"

namespace limpid {

enum class Optimiser : std::int32_t {
  adam,
  nadam,     ///< Adam that looks one step ahead along its momentum.
  ascent,    ///< Along the gradient.
  momentum,  ///< Along the gradients so far, each beta1 times as strong an update later: the heavy ball.
};

template <>
inline constexpr std::array<std::string_view, 4> kNames<Optimiser> = {"adam", "nadam", "ascent", "momentum"};

/// Whether it scales gradients by itself, and takes none that is normalised.
constexpr bool scales_gradients(Optimiser optimiser) {
  return optimiser == Optimiser::adam || optimiser == Optimiser::nadam;
}

/// How the rate changes from one update to the next, once it has been warmed up.
enum class RateSchedule : std::int32_t {
  constant,
  cosine,  ///< Half a period of a cosine, from the full rate towards zero at the last update.
};

template <>
inline constexpr std::array<std::string_view, 2> kNames<RateSchedule> = {"constant", "cosine"};

/// Where Adam adds epsilon.
enum class EpsilonForm : std::int32_t {
  corrected,  ///< To the root of the second moment after its bias is corrected, as in the paper's algorithm.
  uncorrected,  ///< Before that, as in the paper's more efficient order: epsilon weighs more in early steps.
};

template <>
inline constexpr std::array<std::string_view, 2> kNames<EpsilonForm> = {"corrected", "uncorrected"};

}  // namespace limpid
