// Pictures in rows.
#pragma once

#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// Pictures of one size in rows of `columns`. There is at least one.
Image in_rows(const std::vector<Image>& pictures, int columns);

}  // namespace limpid
