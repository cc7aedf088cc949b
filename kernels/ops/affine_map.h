// An affine map of the plane.
#pragma once

namespace limpid {

/// Takes the centre of network pixel (x, y) to a point of the picture, both in pixels with integer centres:
/// (xx x + xy y + x0, yx x + yy y + y0).
struct AffineMap {
  float xx = 1, xy = 0, x0 = 0;
  float yx = 0, yy = 1, y0 = 0;
};

}  // namespace limpid
