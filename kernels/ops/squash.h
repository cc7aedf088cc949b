// How colours come into range.
#pragma once

namespace limpid {

enum class Squash {
  sigmoid,  ///< The logistic function: never quite 0 or 1.
  clip,     ///< [0, 1], cut off.
};

}  // namespace limpid
