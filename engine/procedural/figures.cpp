#include "engine/procedural/figures.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace limpid {
namespace {

constexpr double kHalfTurn = 3.141592653589793;

using Families = std::initializer_list<ColourFamily>;

struct Point {
  double x = 0, y = 0;
};

/// Closed, without its first point at the end.
using Outline = std::vector<Point>;

/// Distance to the outline, positive inside (by crossings, so that what a line runs around twice is outside).
double inside(const Outline& outline, Point p) {
  double nearest = std::numeric_limits<double>::infinity();
  bool within = false;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const Point a = outline[i], b = outline[(i + 1) % outline.size()];
    const double dx = b.x - a.x, dy = b.y - a.y;
    const double squares = dx * dx + dy * dy;
    const double t = squares > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / squares, 0.0, 1.0) : 0;
    nearest = std::min(nearest, std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy));
    if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / dy * dx) within = !within;
  }
  return within ? nearest : -nearest;
}

/// `count` points evenly around a circle, the first upwards.
Outline ring_points(int count, double radius, double turn = 0) {
  Outline points;
  for (int i = 0; i < count; ++i) {
    const double angle = turn - kHalfTurn / 2 + i * 2 * kHalfTurn / count;
    points.push_back({radius * std::cos(angle), radius * std::sin(angle)});
  }
  return points;
}

/// A bar of this half width from one point to another.
double along_bar(Point p, Point from, Point to, double half_width) {
  const double dx = to.x - from.x, dy = to.y - from.y;
  const double t = std::clamp(((p.x - from.x) * dx + (p.y - from.y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
  return half_width - std::hypot(p.x - from.x - t * dx, p.y - from.y - t * dy);
}

/// Draws in an object's own coordinates, of which it fills about [-1, 1], with a random pose.
class Pen {
 public:
  Pen(Sketch& sketch, Canvas& canvas, double tilt = 0.15, bool spin = false)
      : canvas_(canvas), scale_(sketch.draws.uniform(0.7, 1.1)) {
    const double angle = spin ? sketch.draws.angle() : sketch.draws.uniform(-2 * tilt, 2 * tilt);
    cosine_ = std::cos(angle);
    sine_ = std::sin(angle);
    mirror_ = sketch.draws.chance(0.5) ? 1 : -1;
    stretch_ = sketch.draws.log_uniform(0.85, 1.18);
    x_ = sketch.draws.uniform(-0.15, 0.15);
    y_ = sketch.draws.uniform(-0.15, 0.15);
  }

  /// `distance` is that inwards from the rim, in the object's coordinates.
  template <class Distance>
  void fill(const Distance& distance, const Paint& paint) const {
    const double width = canvas_.pixel();
    canvas_.lay([&](double x, double y) { return edge(distance(own(x, y)) * scale_, width); }, paint);
  }

  void polygon(const Outline& outline, const Paint& paint) const {
    fill([&](Point p) { return inside(outline, p); }, paint);
  }

  void disc(double radius, const Paint& paint, Point centre = {}) const {
    fill([&](Point p) { return radius - std::hypot(p.x - centre.x, p.y - centre.y); }, paint);
  }

 private:
  Point own(double x, double y) const {
    x = (x - x_) / scale_;
    y = (y - y_) / scale_;
    return {(x * cosine_ + y * sine_) * mirror_ / stretch_, y * cosine_ - x * sine_};
  }

  Canvas& canvas_;
  double scale_, cosine_, sine_, mirror_, stretch_, x_, y_;
};

Paint skin(Sketch& s, Families families = {}) {
  return surface(s, colour_of(s.draws, families));
}

Paint plain(const Colour& colour) {
  return [colour](double, double) { return colour; };
}

void disc(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas);
  pen.disc(0.7, skin(s));
}

template <int sides>
void polygon(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas, 0, true);
  const double turn = s.draws.angle();
  pen.polygon(ring_points(sides, 0.78, turn), skin(s));
  if (s.draws.chance(0.4)) pen.polygon(ring_points(sides, 0.48, turn), skin(s));
}

template <int points>
void star(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas, 0, true);
  const double waist = (points == 4 ? 0.3 : points == 5 ? 0.34 : 0.58) * s.draws.uniform(0.85, 1.1);
  const Outline tips = ring_points(points, 0.82), notches = ring_points(points, waist, kHalfTurn / points);
  Outline outline;
  for (std::size_t i = 0; i < tips.size(); ++i) {
    outline.push_back(tips[i]);
    outline.push_back(notches[i]);
  }
  pen.polygon(outline, skin(s));
}

void crescent(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas, 0.5);
  const double moved = s.draws.uniform(0.3, 0.45);
  pen.fill(
      [moved](Point p) { return std::min(0.75 - std::hypot(p.x, p.y), std::hypot(p.x - moved, p.y) - 0.65); },
      skin(s));
}

void heart(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas);
  Outline outline;
  for (int i = 0; i < 40; ++i) {
    const double t = i * kHalfTurn / 20, sine = std::sin(t);
    outline.push_back({0.8 * sine * sine * sine, -0.05 * (13 * std::cos(t) - 5 * std::cos(2 * t) -
                                                          2 * std::cos(3 * t) - std::cos(4 * t))});
  }
  pen.polygon(outline, skin(s, {ColourFamily::blossom, ColourFamily::autumn, ColourFamily::paint}));
}

void plus(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas, 0.3);
  const double w = s.draws.uniform(0.18, 0.28);
  pen.polygon({{-w, -0.75},
               {w, -0.75},
               {w, -w},
               {0.75, -w},
               {0.75, w},
               {w, w},
               {w, 0.75},
               {-w, 0.75},
               {-w, w},
               {-0.75, w},
               {-0.75, -w},
               {-w, -w}},
              skin(s));
}

void gear(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas, 0, true);
  const int teeth = s.draws.integer(8, 13);
  Outline outline;
  for (int tooth = 0; tooth < teeth; ++tooth) {
    for (const auto& [at, radius] : {std::pair{-0.25, 0.62}, {-0.17, 0.8}, {0.17, 0.8}, {0.25, 0.62}}) {
      const double angle = (tooth + at) * 2 * kHalfTurn / teeth;
      outline.push_back({radius * std::cos(angle), radius * std::sin(angle)});
    }
  }
  pen.polygon(outline,
              skin(s, {ColourFamily::stone, ColourFamily::earth, ColourFamily::sand, ColourFamily::paint}));
  const double hub = s.draws.uniform(0.18, 0.3);
  pen.disc(hub, plain(colour_of(s.draws)));
}

template <int spokes>
void wheel(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas, 0, true);
  const Colour rim = scaled(colour_of(s.draws), 0.5), spoke = colour_of(s.draws);
  pen.disc(0.8, plain(rim));
  pen.disc(0.64, plain(colour_of(s.draws)));
  const Outline ends = ring_points(spokes, 0.66);
  pen.fill(
      [&](Point p) {
        double distance = 0.15 - std::hypot(p.x, p.y);
        for (const Point& end : ends)
          distance = std::max(distance, along_bar(p, {}, end, spokes < 8 ? 0.04 : 0.025));
        return distance;
      },
      plain(spoke));
}

template <int petals>
void flower(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas, 0, true);
  const double length = s.draws.uniform(0.26, 0.34), breadth = s.draws.uniform(0.85, 1.1) * 1.5 / petals;
  const Colour petal = colour_of(s.draws, {ColourFamily::blossom, ColourFamily::autumn, ColourFamily::paint});
  for (int i = 0; i < petals; ++i) {
    const double angle = i * 2 * kHalfTurn / petals, c = std::cos(angle), d = std::sin(angle);
    pen.fill(
        [&](Point p) {
          // An ellipse's distance is that of a circle, by the smaller of its radii.
          const double u = (p.x * c + p.y * d - 0.5) / length, v = (p.y * c - p.x * d) / breadth;
          return (1 - std::hypot(u, v)) * std::min(length, breadth);
        },
        plain(scaled(petal, i % 2 == 0 ? 1 : 0.88)));
  }
  const double middle = s.draws.uniform(0.18, 0.28);
  pen.disc(middle,
           plain(colour_of(s.draws, {ColourFamily::sand, ColourFamily::autumn, ColourFamily::earth})));
}

void target(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas);
  const std::vector<Colour> colours = palette(s.draws, 2);
  const int rings = s.draws.integer(4, 5);
  for (int ring = 0; ring < rings; ++ring)
    pen.disc(0.82 * (1 - static_cast<double>(ring) / rings),
             plain(colours[static_cast<std::size_t>(ring % 2)]));
}

/// Of a light in front of the picture; of length 1.
struct Light {
  double x, y, z;

  explicit Light(PictureDraws& draws) {
    const double angle = draws.angle(), low = draws.uniform(0.3, 0.85);
    x = std::cos(angle) * low;
    y = std::sin(angle) * low;
    z = std::sqrt(1 - low * low);
  }
};

Colour lit(const Colour& colour, double shade) {
  const double gloss = 0.3 * std::pow(shade, 24);
  const double light = 0.15 + 0.95 * shade;
  return {colour.red * light + gloss, colour.green * light + gloss, colour.blue * light + gloss};
}

void sphere(Sketch& s, Canvas& canvas) {
  const Point centre = {s.draws.uniform(-0.3, 0.3), s.draws.uniform(-0.3, 0.3)};
  const double radius = s.draws.uniform(0.4, 0.8), width = canvas.pixel();
  const Light lamp(s.draws);
  const Paint paint = skin(s);
  canvas.lay([&](double x, double y) { return edge(radius - std::hypot(x - centre.x, y - centre.y), width); },
             [&](double x, double y) {
               const double dx = (x - centre.x) / radius, dy = (y - centre.y) / radius;
               const double z = std::sqrt(std::max(1 - dx * dx - dy * dy, 0.0));
               return lit(paint(x, y), std::clamp(dx * lamp.x + dy * lamp.y + z * lamp.z, 0.0, 1.0));
             });
}

void torus(Sketch& s, Canvas& canvas) {
  const Point centre = {s.draws.uniform(-0.2, 0.2), s.draws.uniform(-0.2, 0.2)};
  const double stretch = s.draws.log_uniform(0.7, 1.6), width = s.draws.uniform(0.16, 0.26);
  const double middle = s.draws.uniform(0.45, 0.62), pixel = canvas.pixel();
  const Light lamp(s.draws);
  const Paint paint = skin(s);
  const auto radius_at = [&](double x, double y) {
    return std::hypot(x - centre.x, (y - centre.y) * stretch) + 1e-6;
  };
  canvas.lay([&](double x, double y) { return edge(width - std::abs(radius_at(x, y) - middle), pixel); },
             [&](double x, double y) {
               const double r = radius_at(x, y), d = std::clamp((r - middle) / width, -1.0, 1.0);
               const double dx = (x - centre.x) / r, dy = (y - centre.y) * stretch / r;
               const double z = std::sqrt(1 - d * d);
               return lit(paint(x, y), std::clamp((dx * lamp.x + dy * lamp.y) * d + z * lamp.z, 0.0, 1.0));
             });
}

void letter_t(Sketch& s, Canvas& canvas) {
  const Pen pen(s, canvas);
  const double half = s.draws.uniform(0.06, 0.13);
  pen.fill(
      [half](Point p) {
        return std::max(along_bar(p, {-0.6, -0.8}, {0.6, -0.8}, half),
                        along_bar(p, {0, -0.8}, {0, 0.8}, half));
      },
      plain(colour_of(s.draws)));
}

constexpr std::array kFigures = {
    Figure{"disc", disc},
    Figure{"polygon_3", polygon<3>},
    Figure{"polygon_4", polygon<4>},
    Figure{"polygon_6", polygon<6>},
    Figure{"star_4", star<4>},
    Figure{"star_5", star<5>},
    Figure{"star_12", star<12>},
    Figure{"crescent", crescent},
    Figure{"heart", heart},
    Figure{"plus", plus},
    Figure{"gear", gear},
    Figure{"wheel_4", wheel<4>},
    Figure{"wheel_12", wheel<12>},
    Figure{"flower_5", flower<5>},
    Figure{"flower_8", flower<8>},
    Figure{"target", target},
    Figure{"sphere", sphere},
    Figure{"torus", torus},
    Figure{"letter_T", letter_t},
};

}  // namespace

std::span<const Figure> figures() {
  return kFigures;
}

}  // namespace limpid
