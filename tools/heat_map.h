// A gradient to look at.
#pragma once

#include "engine/limpid.hpp"

namespace limpid {

/// How strongly each pixel matters: the length of its gradient in RGB, as a share of the length that a thousandth of
/// the pixels exceed; from black over red and yellow to white. Black where there is no gradient.
Image heat_map(const InputGradient& gradient);

}  // namespace limpid
