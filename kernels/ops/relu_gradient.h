// Rules by which a gradient passes a ReLU.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernels/core/names.h"

namespace limpid {

/// `plain` is the derivative; the others let something pass where a ReLU is off, so that silent units can
/// wake. g is the gradient of the objective, which is ascended.
enum class ReluGradient : std::int32_t {
  plain,       ///< g where the ReLU is on.
  redirected,  ///< Plain, unless that is zero everywhere: then g where the ReLU is on or g > 0 (lucid).
  leaky,       ///< g where the ReLU is on, a tenth of it where it is off (lucent).
  unmasked,    ///< Plain, unless that is zero everywhere: then g (captum).
};

template <>
inline constexpr std::array<std::string_view, 4> kNames<ReluGradient> = {"plain", "redirected", "leaky",
                                                                         "unmasked"};

}  // namespace limpid
