// A plain enlargement to compare with.
#pragma once

#include <algorithm>
#include <cmath>

namespace limpid::test {

/// A level of lh x lw values at pixel (y, x) of h x w: TensorFlow 1's resize_bilinear without align_corners,
/// in double precision.
template <class T>
double resized(const T* level, int lh, int lw, int h, int w, int y, int x) {
  const auto between = [](int pixel, int cells, int pixels, int& low, int& high) {
    const double at = static_cast<double>(pixel) * cells / pixels;
    low = static_cast<int>(std::floor(at));
    high = std::min(low + 1, cells - 1);
    return at - low;
  };
  int y0, y1, x0, x1;
  const double fy = between(y, lh, h, y0, y1), fx = between(x, lw, w, x0, x1);
  const auto at = [&](int row, int column) { return static_cast<double>(level[row * lw + column]); };
  return (1 - fy) * ((1 - fx) * at(y0, x0) + fx * at(y0, x1)) +
         fy * ((1 - fx) * at(y1, x0) + fx * at(y1, x1));
}

}  // namespace limpid::test
