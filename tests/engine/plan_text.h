// A plan as text: everything it says, so that equal texts are equal plans.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/network/plan.h"
#include "weights/model.h"

namespace limpid::test {

/// Buffers with their lifetimes, convolutions with their filters' channels, operations in order with all
/// operands, and targets; one a line.
std::string plan_text(const Model& model, const Plan& plan);

/// FNV-1a, continued from `seed`.
constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t seed = 0xcbf29ce484222325U) {
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return seed;
}

}  // namespace limpid::test
