// One dimension of a picture that is continued by its mirror image.
#pragma once

#include "kernels/core/host_device.h"

namespace limpid {

/// `count` pixels, mirrored about the outermost ones by `reflect` < count pixels.
struct MirroredExtent {
  int count, reflect;

  /// Whether a sample at `point` sees anything of it.
  LIMPID_HD bool reaches(float point) const {
    return point > static_cast<float>(-1 - reflect) && point < static_cast<float>(count + reflect);
  }

  /// The pixel shown at `index`, or -1 beyond the border.
  LIMPID_HD int source(int index) const {
    if (index < -reflect || index >= count + reflect) return -1;
    if (index < 0) return -index;
    return index < count ? index : 2 * (count - 1) - index;
  }

  /// Image number `which` (0 itself, 1 and 2 mirrored) of pixel `index`; false where there is none.
  LIMPID_HD bool image(int index, int which, int& where) const {
    where = which == 0 ? index : which == 1 ? -index : 2 * (count - 1) - index;
    return which == 0 || (where != index && where >= -reflect && where < count + reflect);
  }
};

}  // namespace limpid
