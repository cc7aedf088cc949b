#include "engine/procedural/pattern_coordinates.h"

#include <algorithm>

namespace limpid {

double edge(double distance, double width) {
  return std::clamp(distance / width + 0.5, 0.0, 1.0);
}

PlaneCoordinates::PlaneCoordinates(Sketch& sketch, double low, double high, double turn)
    : noise_(sketch.noise), frequency_(sketch.draws.log_uniform(low, high) / 2) {
  PictureDraws& draws = sketch.draws;
  if (draws.chance(0.3)) {
    lean_x_ = draws.uniform(-0.45, 0.45);
    lean_y_ = draws.uniform(-0.45, 0.45);
  }
  if (draws.chance(0.3)) warp_ = draws.uniform(0.03, 0.12);
  const double angle = draws.uniform(-turn, turn);
  cosine_ = std::cos(angle);
  sine_ = std::sin(angle);
  move_u_ = draws.uniform(-9, 9);
  move_v_ = draws.uniform(-9, 9);
  width_ = 1.3 * frequency_ * sketch.pixel;
}

PatternPoint PlaneCoordinates::at(double x, double y) const {
  const double depth = 1 + lean_x_ * x + lean_y_ * y;
  x /= depth;
  y /= depth;
  if (warp_ > 0) {
    const double moved = x + warp_ * noise_.at(2 * x, 2 * y);
    y += warp_ * noise_.at(2 * x + 31, 2 * y + 13);
    x = moved;
  }
  return {(x * cosine_ - y * sine_) * frequency_ + move_u_, (x * sine_ + y * cosine_) * frequency_ + move_v_};
}

PolarCoordinates::PolarCoordinates(Sketch& sketch, double low, double high)
    : x_(sketch.draws.uniform(-0.4, 0.4)),
      y_(sketch.draws.uniform(-0.4, 0.4)),
      stretch_(sketch.draws.log_uniform(0.75, 1.35)),
      frequency_(sketch.draws.log_uniform(low, high)),
      angle_(sketch.draws.angle()) {}

PatternPoint PolarCoordinates::at(double x, double y) const {
  const double dx = x - x_, dy = (y - y_) * stretch_;
  return {std::hypot(dx, dy) * frequency_, std::atan2(dy, dx) + angle_};
}

HexagonPlace hexagon_at(PatternPoint point) {
  const double q = std::sqrt(3.0);
  const double ax = fraction(point.u) - 0.5, ay = (fraction(point.v / q) - 0.5) * q;
  const double bx = fraction(point.u - 0.5) - 0.5, by = (fraction(point.v / q - 0.5) - 0.5) * q;
  const bool first = ax * ax + ay * ay < bx * bx + by * by;
  const double x = first ? ax : bx, y = first ? ay : by;
  return {x, y, std::round(2 * (point.u - x)), std::round((point.v - y) * 2)};
}

VoronoiPlace voronoi_at(const NoiseField& noise, PatternPoint point, double jitter) {
  VoronoiPlace place;
  const double u = std::floor(point.u), v = std::floor(point.v);
  for (int du = -1; du <= 1; ++du) {
    for (int dv = -1; dv <= 1; ++dv) {
      const double column = u + du, row = v + dv, number = noise.cell(column, row);
      const double distance = std::hypot(column + 0.5 + jitter * (number - 0.5) - point.u,
                                         row + 0.5 + jitter * (noise.cell(column, row, 1) - 0.5) - point.v);
      if (distance < place.nearest) {
        place = {distance, place.nearest, number};
      } else {
        place.second = std::min(place.second, distance);
      }
    }
  }
  return place;
}

}  // namespace limpid
