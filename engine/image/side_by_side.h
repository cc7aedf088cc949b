// Pictures next to each other.
#pragma once

#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// The pictures, all of one size and all with alpha or all without, from left to right. There is at least
/// one.
Image side_by_side(const std::vector<Image>& pictures);

}  // namespace limpid
