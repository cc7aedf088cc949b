// Arithmetic of image_penalty, one channel of one pixel at a time. Sums are in double precision.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/image_penalty.h"

namespace limpid {

/// 1, 0 or -1; 0 where one of them is NaN.
LIMPID_HD float sign_of_difference(float a, float b) {
  return (a > b ? 1.0F : 0.0F) - (a < b ? 1.0F : 0.0F);
}

/// Weight in blurN, N = 2 Radius + 1, of a pixel so far away.
template <int Radius>
LIMPID_HD float blur_weight(int dy, int dx) {
  return dy == -Radius || dy == Radius || dx == -Radius || dx == Radius ? 0.5F : 1.0F;
}

/// Pixels [at - radius, at + radius] inside [0, size).
LIMPID_HD int pixels_around(int at, int radius, int size) {
  const int first = at < radius ? 0 : at - radius;
  const int end = at + radius + 1 > size ? size : at + radius + 1;
  return end - first;
}

/// Sum of the weights of blurN around (y, x) inside an h x w picture: half of those of the whole square and
/// half of those inside its rim.
template <int Radius>
LIMPID_HD float blur_mass(int y, int x, int h, int w) {
  const int square = pixels_around(y, Radius, h) * pixels_around(x, Radius, w);
  const int inside = pixels_around(y, Radius - 1, h) * pixels_around(x, Radius - 1, w);
  return 0.5F * static_cast<float>(square + inside);
}

/// sum over the square around (y, x), inside the h x w picture, of f(y', x', blur weight).
template <int Radius, class F>
LIMPID_HD float sum_around(int y, int x, int h, int w, const F& f) {
  float sum = 0;
  if (y >= Radius && x >= Radius && y + Radius < h && x + Radius < w) {
    for (int dy = -Radius; dy <= Radius; ++dy) {
      LIMPID_UNROLL for (int dx = -Radius; dx <= Radius; ++dx) {
        sum += f(y + dy, x + dx, blur_weight<Radius>(dy, dx));
      }
    }
    return sum;
  }
  for (int dy = -Radius; dy <= Radius; ++dy) {
    for (int dx = -Radius; dx <= Radius; ++dx) {
      if (y + dy < 0 || y + dy >= h || x + dx < 0 || x + dx >= w) continue;
      sum += f(y + dy, x + dx, blur_weight<Radius>(dy, dx));
    }
  }
  return sum;
}

struct PenaltyBody {
  Planar<const float> rgb;
  const PenaltyTerm* terms;
  double* sums;
  float* residual;
  int terms_per_image;

  LIMPID_HD explicit PenaltyBody(const ImagePenalty& op)
      : rgb(op.rgb),
        terms(op.terms),
        sums(op.sums),
        residual(op.residual),
        terms_per_image(op.terms_per_image) {}

  /// Term t of image n.
  LIMPID_HD PenaltyTerm term(int n, int t) const { return terms[n * terms_per_image + t]; }

  /// Where a part of a term's sum is kept.
  LIMPID_HD double* part(int n, int t, int p) const {
    return sums + (std::int64_t{n} * terms_per_image + t) * kPenaltyParts + p;
  }

  /// What a pixel of a channel adds to the term's sum. Leaves a boundary's residual for `slope`.
  LIMPID_HD double add(const PenaltyTerm& term, int n, int c, int y, int x) const {
    if (!measures(term, c)) return 0;
    const float* plane = rgb.plane(n, c);
    const std::int64_t at = std::int64_t{y} * rgb.w + x;
    switch (term.kind) {
      case TermKind::l1:
        return fabs(apart(plane[at], term.centre));
      case TermKind::l2:
        return square(apart(plane[at], term.centre));
      case TermKind::total_variation: {
        const double right = x + 1 < rgb.w ? fabs(apart(plane[at + 1], plane[at])) : 0;
        return right + (y + 1 < rgb.h ? fabs(apart(plane[at + rgb.w], plane[at])) : 0);
      }
      case TermKind::blur:
        return square(static_cast<double>(blurred_less<1>(plane, y, x)));
      case TermKind::boundary: {
        if (!in_frame(term.width, y, x)) return 0;
        const float less = blurred_less<2>(plane, y, x);
        residual_plane(n, c)[at] = less;
        return square(static_cast<double>(less)) + 0.8 * square(apart(plane[at], term.centre));
      }
      case TermKind::distance:
        return square(apart(plane[at], rgb.plane(term.reference, c)[at]));
      case TermKind::alpha:
        return static_cast<double>(plane[at]);
      default:
        return 0;
    }
  }

  /// The term's value without its weight, once all parts are stored.
  LIMPID_HD double value(const PenaltyTerm& term, int n, int t) const {
    double sum = 0;
    for (int p = 0; p < kPenaltyParts; ++p) sum += *part(n, t, p);
    switch (term.kind) {
      case TermKind::l2:
        return sqrt(1e-6 + sum);
      case TermKind::blur:
        return 0.5 * sum;
      case TermKind::distance:
        return sqrt(sum / elements());
      case TermKind::alpha:
        return sum / pixels();
      default:
        return sum;
    }
  }

  /// d value / d rgb of a pixel of a channel, the weight left out, from what `value` returned.
  LIMPID_HD float slope(const PenaltyTerm& term, double value, int n, int c, int y, int x) const {
    if (!measures(term, c)) return 0;
    const float* plane = rgb.plane(n, c);
    const std::int64_t at = std::int64_t{y} * rgb.w + x;
    const float here = plane[at];
    switch (term.kind) {
      case TermKind::l1:
        return sign_of_difference(here, term.centre);
      case TermKind::l2:
        return (here - term.centre) / static_cast<float>(value);
      case TermKind::total_variation: {
        float signs = 0;
        if (x > 0) signs += sign_of_difference(here, plane[at - 1]);
        if (x + 1 < rgb.w) signs += sign_of_difference(here, plane[at + 1]);
        if (y > 0) signs += sign_of_difference(here, plane[at - rgb.w]);
        if (y + 1 < rgb.h) signs += sign_of_difference(here, plane[at + rgb.w]);
        return signs;
      }
      case TermKind::blur:
        return -blurred_less<1>(plane, y, x);
      case TermKind::boundary:
        return boundary_slope(term, n, c, y, x);
      case TermKind::distance: {
        const double apart_here = apart(here, rgb.plane(term.reference, c)[at]);
        return value == 0 ? 0.0F : static_cast<float>(apart_here / (elements() * value));
      }
      case TermKind::alpha:
        return static_cast<float>(1 / pixels());
      default:
        return 0;
    }
  }

 private:
  LIMPID_HD static double apart(float a, float b) { return static_cast<double>(a) - static_cast<double>(b); }
  LIMPID_HD static double square(double x) { return x * x; }
  LIMPID_HD double pixels() const { return 1.0 * rgb.h * rgb.w; }
  LIMPID_HD double elements() const { return 3 * pixels(); }

  /// Whether the term is one on that plane.
  LIMPID_HD static bool measures(const PenaltyTerm& term, int c) {
    return (term.kind == TermKind::alpha) == (c == 3);
  }

  LIMPID_HD bool in_frame(int width, int y, int x) const {
    return y < width || x < width || y >= rgb.h - width || x >= rgb.w - width;
  }

  LIMPID_HD float* residual_plane(int n, int c) const {
    return residual + (std::int64_t{n} * 3 + c) * rgb.h * rgb.w;
  }

  /// blurN(x) - x. A sum of differences: that of the two would cancel.
  template <int Radius>
  LIMPID_HD float blurred_less(const float* plane, int y, int x) const {
    const float here = plane[std::int64_t{y} * rgb.w + x];
    return sum_around<Radius>(y, x, rgb.h, rgb.w,
                              [&](int iy, int ix, float weight) {
                                return weight * (plane[std::int64_t{iy} * rgb.w + ix] - here);
                              }) /
           blur_mass<Radius>(y, x, rgb.h, rgb.w);
  }

  /// Of the residuals of all pixels around, in whose blur this one takes part, and of its own.
  LIMPID_HD float boundary_slope(const PenaltyTerm& term, int n, int c, int y, int x) const {
    constexpr int kRadius = 2;
    if (term.width <= 0 || !in_frame(term.width + kRadius, y, x)) return 0;
    const float* less = residual_plane(n, c);
    float slope = sum_around<kRadius>(y, x, rgb.h, rgb.w, [&](int iy, int ix, float weight) {
      if (!in_frame(term.width, iy, ix)) return 0.0F;
      return 2.0F * weight * less[std::int64_t{iy} * rgb.w + ix] / blur_mass<kRadius>(iy, ix, rgb.h, rgb.w);
    });
    if (in_frame(term.width, y, x)) {
      const std::int64_t at = std::int64_t{y} * rgb.w + x;
      slope += 1.6F * (rgb.plane(n, c)[at] - term.centre) - 2.0F * less[at];
    }
    return slope;
  }
};

}  // namespace limpid
