// The modules of InceptionV1 and their branches, by name.
#pragma once

#include <array>
#include <string_view>

namespace limpid {

/// The nine inception modules, in order.
inline constexpr std::array<std::string_view, 9> kModules = {
    "mixed3a", "mixed3b", "mixed4a", "mixed4b", "mixed4c", "mixed4d", "mixed4e", "mixed5a", "mixed5b"};

/// The four branches of a module in the order of its concatenation.
inline constexpr std::array<std::string_view, 4> kBranches = {"1x1", "3x3", "5x5", "pool_reduce"};

}  // namespace limpid
