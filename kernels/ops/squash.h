// How colours come into range.
#pragma once

#include <array>
#include <string_view>

#include "kernels/core/names.h"

namespace limpid {

enum class Squash {
  sigmoid,  ///< The logistic function: never quite 0 or 1.
  clip,     ///< [0, 1], cut off.
};

template <>
inline constexpr std::array<std::string_view, 2> kNames<Squash> = {"sigmoid", "clip"};

}  // namespace limpid
