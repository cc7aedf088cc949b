// What megabytes of memory are counted in.
#pragma once

namespace limpid {

inline constexpr double kMebi = 1 << 20;

}  // namespace limpid
