// What a max-pool's argmax holds besides the tap.
#pragma once

#include <cstdint>

namespace limpid {

/// Added to the tap of a window whose maximum is not above 0: behind a ReLU, one that lets no gradient pass.
inline constexpr std::uint8_t kNotPositive = 0x80;
/// What is left of an argmax without that.
inline constexpr std::uint8_t kTapBits = 0x7f;

}  // namespace limpid
