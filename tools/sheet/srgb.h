// Between the eight bits of sRGB and linear light (IEC 61966-2-1), where averages are taken.
#pragma once

#include <array>
#include <cstdint>

namespace limpid {

/// Linear light, in [0, 1], of each of the 256 values.
const std::array<float, 256>& srgb_to_linear();

/// The nearest of the 256 values, for linear light that is clipped to [0, 1].
std::uint8_t linear_to_srgb(float light);

}  // namespace limpid
