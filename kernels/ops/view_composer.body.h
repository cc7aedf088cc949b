// Composes what the transforms of a list do into one view.
//
// Transforms change the picture in the order of the list, so where the result is looked at goes back through
// them from the last to the first: position = T1^-1 (T2^-1 (... Tn^-1 (network position))). Walking the list
// forwards, each inverse is multiplied on from the right.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/view.h"

namespace limpid {

constexpr float kRadiansPerDegree = 0.0174532925F;

/// A 3 x 3 matrix, row by row.
struct Matrix3 {
  float m[9];
};

LIMPID_HD Matrix3 operator*(const Matrix3& a, const Matrix3& b) {
  Matrix3 product;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      const float* left = a.m + 3 * row;
      product.m[3 * row + column] =
          fmaf(left[0], b.m[column], fmaf(left[1], b.m[3 + column], left[2] * b.m[6 + column]));
    }
  }
  return product;
}

/// Positions, relative to centres. Kept apart are `before`, translations of the picture; a linear part; and
/// `after`, translations of what the network sees: as long as a list is translations, turns and scales about
/// the centre, translations again, no coordinate is rounded before `affine_map`.
class ViewPositions {
 public:
  /// What the view shows moves by (-x, -y).
  LIMPID_HD void translate(float x, float y) {
    after_x_ += x;
    after_y_ += y;
  }

  LIMPID_HD void magnify(float factor) {
    settle();
    divisor_ *= factor;
  }

  /// Multiplies (x, y) by the rows (xx, xy), (yx, yy) on its way back to the picture.
  LIMPID_HD void linear(float xx, float xy, float yx, float yy) {
    settle();
    const float a = xx_, b = xy_, c = yx_, d = yy_;
    xx_ = a * xx + b * yx;
    xy_ = a * xy + b * yy;
    yx_ = c * xx + d * yx;
    yy_ = c * xy + d * yy;
  }

  LIMPID_HD void project(const Matrix3& from_view) {
    outer_ = outer_ * (affine() * from_view);
    projective_ = true;
    xx_ = yy_ = divisor_ = 1;
    xy_ = yx_ = before_x_ = before_y_ = after_x_ = after_y_ = 0;
  }

  /// The whole map, from network pixels to picture pixels, of a view without `project`. Centres are
  /// (w - 1) / 2 and (h - 1) / 2.
  LIMPID_HD AffineMap affine_map(float picture_x, float picture_y, float network_x, float network_y) const {
    const float xx = xx_ / divisor_, xy = xy_ / divisor_, yx = yx_ / divisor_, yy = yy_ / divisor_;
    const float from_x = after_x_ - network_x, from_y = after_y_ - network_y;
    return {xx, xy, xx * from_x + xy * from_y + (before_x_ + picture_x),
            yx, yy, yx * from_x + yy * from_y + (before_y_ + picture_y)};
  }

  LIMPID_HD ProjectiveMap map(float picture_x, float picture_y, float network_x, float network_y) const {
    if (!projective_) {
      const AffineMap a = affine_map(picture_x, picture_y, network_x, network_y);
      return {a.xx, a.xy, a.x0, a.yx, a.yy, a.y0, 0, 0, 1};
    }
    const Matrix3 from_network = {{1, 0, -network_x, 0, 1, -network_y, 0, 0, 1}};
    const Matrix3 to_picture = {{1, 0, picture_x, 0, 1, picture_y, 0, 0, 1}};
    const Matrix3 p = to_picture * (outer_ * (affine() * from_network));
    return {p.m[0], p.m[1], p.m[2], p.m[3], p.m[4], p.m[5], p.m[6], p.m[7], p.m[8]};
  }

 private:
  /// Moves translations to before the linear part, where the next linear part belongs after them.
  LIMPID_HD void settle() {
    if (after_x_ == 0 && after_y_ == 0) return;
    before_x_ += xx_ / divisor_ * after_x_ + xy_ / divisor_ * after_y_;
    before_y_ += yx_ / divisor_ * after_x_ + yy_ / divisor_ * after_y_;
    after_x_ = after_y_ = 0;
  }

  LIMPID_HD Matrix3 affine() const {
    const AffineMap a = affine_map(0, 0, 0, 0);
    return {{a.xx, a.xy, a.x0, a.yx, a.yy, a.y0, 0, 0, 1}};
  }

  float xx_ = 1, xy_ = 0, yx_ = 0, yy_ = 1;
  float divisor_ = 1;
  float before_x_ = 0, before_y_ = 0, after_x_ = 0, after_y_ = 0;
  bool projective_ = false;
  Matrix3 outer_ = {{1, 0, 0, 0, 1, 0, 0, 0, 1}};
};

/// What becomes of colours, and how much noise is added in the end.
class ViewColours {
 public:
  LIMPID_HD void contrast(float factor) {
    apply(multiple(factor));
    for (float& value : offset_) value += 0.5F * (1 - factor);
  }

  LIMPID_HD void brightness(float factor) { apply(multiple(factor)); }

  /// Away from, or towards, the grey of the same luma (Rec. 601).
  LIMPID_HD void saturation(float factor) {
    const float grey = 1 - factor;
    const float r = 0.299F * grey, g = 0.587F * grey, b = 0.114F * grey;
    apply({{factor + r, g, b, r, factor + g, b, r, g, factor + b}});
  }

  /// A turn of the colour space about its axis of greys.
  LIMPID_HD void hue(float degrees) {
    const float radians = degrees * kRadiansPerDegree;
    const float cosine = cosf(radians), sine = sinf(radians) * 0.577350269F;
    const float rest = (1 - cosine) / 3;
    const float own = cosine + rest, next = rest - sine, last = rest + sine;
    apply({{own, next, last, last, own, next, next, last, own}});
  }

  LIMPID_HD void noise(float deviation) { variance_ += deviation * deviation; }

  LIMPID_HD void write(View& view) const {
    for (int i = 0; i < 9; ++i) view.colour[i] = colour_.m[i];
    for (int c = 0; c < 3; ++c) view.offset[c] = offset_[c];
    view.noise = sqrtf(variance_);
  }

 private:
  LIMPID_HD static Matrix3 multiple(float factor) { return {{factor, 0, 0, 0, factor, 0, 0, 0, factor}}; }

  LIMPID_HD void apply(const Matrix3& matrix) {
    colour_ = matrix * colour_;
    const float r = offset_[0], g = offset_[1], b = offset_[2];
    for (int c = 0; c < 3; ++c) {
      const float* row = matrix.m + 3 * c;
      offset_[c] = fmaf(row[0], r, fmaf(row[1], g, row[2] * b));
    }
  }

  Matrix3 colour_ = {{1, 0, 0, 0, 1, 0, 0, 0, 1}};
  float offset_[3] = {0, 0, 0};
  float variance_ = 0;
};

}  // namespace limpid
