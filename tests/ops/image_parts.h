// What the cases of the operations on pictures share.
#pragma once

#include "tests/ops/drawn_views.h"
#include "tests/ops/op_case.h"

namespace limpid::test {

inline constexpr auto kInput = Role::input;
inline constexpr auto kOutput = Role::output;
inline constexpr auto kInPlace = Role::in_place;
inline constexpr auto kScratch = Role::scratch;

}  // namespace limpid::test
