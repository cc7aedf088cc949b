// Coordinates for patterns: turned, warped and in perspective; polar; cells of lattices and of Voronoi diagrams.
//
// A picture's own coordinates run from -1 to 1, x rightwards and y downwards.
#pragma once

#include <cmath>
#include <cstddef>

#include "engine/procedural/draws.h"

namespace limpid {

/// What a picture is drawn with.
struct Sketch {
  PictureDraws& draws;
  NoiseField noise;
  double pixel = 0;                ///< Its width in the picture's coordinates.
  std::size_t concept_number = 0;  ///< Of the picture: what else is in it is made of other textures.
};

struct PatternPoint {
  double u = 0, v = 0;
};

/// 0 to 1 across `width` around distance 0: an anti-aliased step.
double edge(double distance, double width);

inline double fraction(double t) {
  return t - std::floor(t);
}

/// A wave of period 1 that is 1 at whole numbers and 0 half-way.
inline double triangle(double t) {
  return std::abs(fraction(t) - 0.5) * 2;
}

/// `low` to `high` periods across the picture, turned by up to `turn`.
class PlaneCoordinates {
 public:
  PlaneCoordinates(Sketch& sketch, double low, double high, double turn = 3.141592653589793);

  PatternPoint at(double x, double y) const;
  /// A pixel's width in pattern coordinates.
  double width() const { return width_; }

 private:
  NoiseField noise_;
  double frequency_, cosine_, sine_, width_;
  double lean_x_ = 0, lean_y_ = 0, warp_ = 0, move_u_ = 0, move_v_ = 0;
};

/// (r, angle) around a point near the middle; r grows by `low` to `high` over half the picture.
class PolarCoordinates {
 public:
  PolarCoordinates(Sketch& sketch, double low, double high);

  /// u is r, v the angle.
  PatternPoint at(double x, double y) const;

 private:
  double x_, y_, stretch_, frequency_, angle_;
};

/// The place inside the nearest hexagon, from its centre, and that hexagon's whole numbers.
struct HexagonPlace {
  double x = 0, y = 0, column = 0, row = 0;
};

HexagonPlace hexagon_at(PatternPoint point);

/// Distances to the two nearest of jittered lattice points, and the nearest's number in [0, 1).
struct VoronoiPlace {
  double nearest = 9, second = 9, number = 0;
};

VoronoiPlace voronoi_at(const NoiseField& noise, PatternPoint point, double jitter = 0.9);

}  // namespace limpid
