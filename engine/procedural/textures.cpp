#include "engine/procedural/textures.h"

#include <algorithm>
#include <array>

namespace limpid {
namespace {

constexpr double kPi = 3.141592653589793, kTurn = 2 * kPi;

// Lines.

Tone grating(Sketch& s) {
  return [plane = PlaneCoordinates(s, 3, 12)](double x, double y) {
    return 0.5 + 0.5 * std::sin(kTurn * plane.at(x, y).u);
  };
}

Tone bars(Sketch& s, double low, double high, double thin, double thick) {
  const PlaneCoordinates plane(s, low, high);
  return [plane, share = s.draws.uniform(thin, thick)](double x, double y) {
    return edge(triangle(plane.at(x, y).u) - share, 2 * plane.width());
  };
}

Tone stripes(Sketch& s) {
  return bars(s, 2, 9, 0.35, 0.65);
}

Tone pinstripes(Sketch& s) {
  return bars(s, 4, 11, 0.82, 0.9);
}

Tone zigzag(Sketch& s) {
  const PlaneCoordinates plane(s, 3, 7);
  return [plane, swing = s.draws.uniform(0.4, 1)](double x, double y) {
    const auto [u, v] = plane.at(x, y);
    return edge(triangle(v + swing * triangle(u)) - 0.5, 2.5 * plane.width());
  };
}

Tone waves(Sketch& s) {
  const PlaneCoordinates plane(s, 3, 7);
  const double swing = s.draws.uniform(0.25, 0.5), steep = s.draws.uniform(1, 4);
  return [plane, swing, steep](double x, double y) {
    const auto [u, v] = plane.at(x, y);
    return 0.5 +
           0.5 * std::clamp(std::sin(kTurn * (v + swing * std::sin(kTurn * u * 0.6))) * steep, -1.0, 1.0);
  };
}

Tone zebra(Sketch& s) {
  const PlaneCoordinates plane(s, 3, 7);
  return [plane, noise = s.noise, swing = s.draws.uniform(0.5, 0.9)](double x, double y) {
    return edge(std::sin(kTurn * (plane.at(x, y).u + swing * noise.at(2 * x, 2 * y))), 0.4);
  };
}

// Grids and tiles.

Tone checker(Sketch& s) {
  return [plane = PlaneCoordinates(s, 3, 8)](double x, double y) {
    const auto [u, v] = plane.at(x, y);
    return edge(std::sin(kPi * u) * std::sin(kPi * v), 3 * plane.width());
  };
}

Tone grid_lines(Sketch& s) {
  const PlaneCoordinates plane(s, 3, 8);
  return [plane, share = s.draws.uniform(0.82, 0.9)](double x, double y) {
    const auto [u, v] = plane.at(x, y);
    return edge(std::max(triangle(u), triangle(v)) - share, 2 * plane.width());
  };
}

Tone plaid(Sketch& s) {
  const PlaneCoordinates plane(s, 2, 5);
  const double a = s.draws.uniform(0.3, 0.6), b = s.draws.uniform(0.3, 0.6);
  return [plane, a, b](double x, double y) {
    const auto [u, v] = plane.at(x, y);
    const double w = plane.width();
    const double broad = 0.35 * edge(triangle(u) - a, 2 * w) + 0.35 * edge(triangle(v) - b, 2 * w);
    return broad +
           0.2 * (edge(triangle(2 * u + 0.3) - 0.85, 4 * w) + edge(triangle(2 * v + 0.2) - 0.85, 4 * w));
  };
}

Tone net(Sketch& s) {
  const PlaneCoordinates plane(s, 4, 8);
  return [plane, share = s.draws.uniform(0.12, 0.22)](double x, double y) {
    const auto [u, v] = plane.at(x, y);
    return edge(share - std::min(triangle(u + v * 0.6), triangle(u - v * 0.6)), 2 * plane.width());
  };
}

Tone bricks(Sketch& s) {
  return [plane = PlaneCoordinates(s, 4, 9, 0.3), noise = s.noise](double x, double y) {
    const auto [u, v] = plane.at(x, y);
    const double row = std::floor(v), place = u * 0.5 + 0.5 * (row - 2 * std::floor(row / 2));
    const double joint =
        std::min(std::min(fraction(v), 1 - fraction(v)), 2 * std::min(fraction(place), 1 - fraction(place)));
    return edge(joint - 0.07, plane.width()) * (0.5 + 0.5 * noise.cell(std::floor(place), row));
  };
}

Tone triangles(Sketch& s) {
  return [plane = PlaneCoordinates(s, 3, 7), noise = s.noise](double x, double y) {
    const auto [u, level] = plane.at(x, y);
    const double v = level / 0.866, p = u - v * 0.5;
    const double upper = fraction(p) + fraction(v) > 1 ? 1 : 0;
    return noise.cell(std::floor(p) * 2 + upper, std::floor(v));
  };
}

/// From the rim of a hexagon, inwards.
double rim_of(const HexagonPlace& place) {
  return 0.5 - std::max(std::abs(place.x), std::abs(place.x) * 0.5 + std::abs(place.y) * 0.866);
}

Tone hexagon_cells(Sketch& s) {
  return [plane = PlaneCoordinates(s, 3, 7), noise = s.noise](double x, double y) {
    const HexagonPlace place = hexagon_at(plane.at(x, y));
    return edge(rim_of(place) - 0.06, plane.width()) * (0.4 + 0.6 * noise.cell(place.column, place.row));
  };
}

Tone honeycomb(Sketch& s) {
  return [plane = PlaneCoordinates(s, 4, 8)](double x, double y) {
    const double rim = rim_of(hexagon_at(plane.at(x, y)));
    return 0.1 + 0.9 * edge(0.09 - rim, plane.width()) + 0.5 * rim;
  };
}

// Small things in rows.

/// Coordinates inside a cell, from its middle; every other row may be moved by half a cell.
class RowCells {
 public:
  RowCells(Sketch& s, double low, double high)
      : plane_(s, low, high), moved_(s.draws.chance(0.5) ? 0.5 : 0) {}

  PatternPoint at(double x, double y) const {
    const auto [u, v] = plane_.at(x, y);
    const double row = std::floor(v);
    return {fraction(u + moved_ * (row - 2 * std::floor(row / 2))) - 0.5, fraction(v) - 0.5};
  }
  double width() const { return plane_.width(); }

 private:
  PlaneCoordinates plane_;
  double moved_;
};

Tone dots(Sketch& s) {
  const RowCells cells(s, 3, 8);
  return [cells, radius = s.draws.uniform(0.22, 0.38)](double x, double y) {
    const auto [u, v] = cells.at(x, y);
    return edge(radius - std::hypot(u, v), cells.width());
  };
}

Tone small_rings(Sketch& s) {
  const RowCells cells(s, 3, 6);
  return [cells, radius = s.draws.uniform(0.27, 0.33)](double x, double y) {
    const auto [u, v] = cells.at(x, y);
    return edge(0.09 - std::abs(std::hypot(u, v) - radius), cells.width());
  };
}

Tone small_crosses(Sketch& s) {
  const RowCells cells(s, 3, 7);
  return [cells, arm = s.draws.uniform(0.08, 0.12)](double x, double y) {
    const auto [u, v] = cells.at(x, y);
    const double near = std::min(std::abs(u), std::abs(v)), far = std::max(std::abs(u), std::abs(v));
    return edge(arm - near, cells.width()) * edge(0.36 - far, cells.width());
  };
}

Tone small_stars(Sketch& s) {
  const RowCells cells(s, 3, 6);
  const double points = s.draws.integer(5, 6), turn = s.draws.angle();
  return [cells, points, turn](double x, double y) {
    const auto [u, v] = cells.at(x, y);
    return edge(0.26 + 0.13 * std::cos(points * (std::atan2(v, u) + turn)) - std::hypot(u, v),
                2 * cells.width());
  };
}

// Cells and what grows.

Tone voronoi_cells(Sketch& s) {
  return [plane = PlaneCoordinates(s, 3, 8), noise = s.noise](double x, double y) {
    const VoronoiPlace place = voronoi_at(noise, plane.at(x, y));
    return edge(place.second - place.nearest - 0.06, plane.width()) * (0.25 + 0.75 * place.number);
  };
}

Tone giraffe_hide(Sketch& s) {
  return [plane = PlaneCoordinates(s, 3, 6), noise = s.noise](double x, double y) {
    const VoronoiPlace place = voronoi_at(noise, plane.at(x, y), 0.8);
    return 1 - edge(place.second - place.nearest - 0.2, 3 * plane.width()) + 0.05 * noise.at(30 * x, 30 * y);
  };
}

Tone cobbles(Sketch& s) {
  return [plane = PlaneCoordinates(s, 3, 7), noise = s.noise](double x, double y) {
    const VoronoiPlace place = voronoi_at(noise, plane.at(x, y), 0.6);
    return 0.15 + 0.9 * std::clamp(place.second - place.nearest, 0.0, 0.6) + 0.3 * (place.number - 0.5);
  };
}

Tone marble(Sketch& s) {
  const PlaneCoordinates plane(s, 1.5, 4);
  const double swing = s.draws.uniform(0.8, 1.6), power = s.draws.uniform(1, 2.5);
  return [plane, noise = s.noise, swing, power](double x, double y) {
    const double vein =
        std::abs(std::sin(kPi * (plane.at(x, y).u + swing * noise.fractal(2 * x, 2 * y, 0.6))));
    return std::pow(1 - vein, power);
  };
}

Tone wood(Sketch& s) {
  const PlaneCoordinates plane(s, 3, 8);
  return [plane, noise = s.noise, from = s.draws.uniform(-3, 3)](double x, double y) {
    const auto [u, v] = plane.at(x, y);
    const double profile = fraction(std::hypot((u + from) * 0.18, v) + 0.2 * noise.at(2 * x, 2 * y));
    return std::min(profile, 4 * (1 - profile)) * 0.8 + 0.05 * noise.at(40 * x, 40 * y);
  };
}

Tone clouds(Sketch& s) {
  return [noise = s.noise, gain = s.draws.uniform(0.6, 1)](double x, double y) {
    return std::clamp(0.5 + gain * noise.fractal(1.5 * x, 1.5 * y, 0.55), 0.0, 1.0);
  };
}

Tone cow(Sketch& s) {
  return [noise = s.noise, level = s.draws.uniform(-0.15, 0.2)](double x, double y) {
    return edge(noise.at(2.5 * x, 2.5 * y) + 0.15 * noise.fractal(6 * x, 6 * y) - level, 0.06);
  };
}

// Around a point.

Tone rings(Sketch& s) {
  const PolarCoordinates polar(s, 2.5, 7);
  return [polar, steep = s.draws.uniform(1, 5)](double x, double y) {
    return 0.5 + 0.5 * std::clamp(std::sin(kTurn * polar.at(x, y).u) * steep, -1.0, 1.0);
  };
}

Tone spiral(Sketch& s) {
  const PolarCoordinates polar(s, 2, 5);
  const double turn = s.draws.chance(0.5) ? 1 : -1, steep = s.draws.uniform(1, 4);
  return [polar, turn, steep](double x, double y) {
    const auto [r, angle] = polar.at(x, y);
    return 0.5 + 0.5 * std::clamp(std::sin(kTurn * r + turn * angle) * steep, -1.0, 1.0);
  };
}

Tone pinwheel(Sketch& s) {
  const PolarCoordinates polar(s, 0.9, 1.3);
  const double count = s.draws.integer(4, 7), arms = s.draws.chance(0.5) ? count : -count;
  const double twist = s.draws.uniform(3, 5), steep = s.draws.uniform(1.5, 5);
  return [polar, arms, twist, steep](double x, double y) {
    const auto [r, angle] = polar.at(x, y);
    return 0.5 + 0.5 * std::clamp(std::sin(arms * angle + twist * std::log(r + 0.1)) * steep, -1.0, 1.0);
  };
}

Tone sunburst(Sketch& s) {
  const PolarCoordinates polar(s, 1, 2);
  const double rays = s.draws.integer(7, 16), steep = s.draws.uniform(1.5, 6);
  return [polar, rays, steep](double x, double y) {
    return 0.5 + 0.5 * std::clamp(std::sin(rays * polar.at(x, y).v) * steep, -1.0, 1.0);
  };
}

Tone dartboard(Sketch& s) {
  const PolarCoordinates polar(s, 1.5, 3);
  return [polar, sectors = double(s.draws.integer(5, 9))](double x, double y) {
    const auto [r, angle] = polar.at(x, y);
    return 0.5 + 0.5 * std::clamp(std::sin(kTurn * r) * std::sin(sectors * angle) * 6, -1.0, 1.0);
  };
}

constexpr std::array kTextures = {
    Texture{"grating", grating},
    Texture{"stripes", stripes},
    Texture{"pinstripes", pinstripes},
    Texture{"zigzag", zigzag},
    Texture{"waves", waves},
    Texture{"zebra", zebra},
    Texture{"checker", checker},
    Texture{"grid_lines", grid_lines},
    Texture{"plaid", plaid},
    Texture{"net", net},
    Texture{"bricks", bricks},
    Texture{"triangles", triangles},
    Texture{"hexagon_cells", hexagon_cells},
    Texture{"honeycomb", honeycomb},
    Texture{"dots", dots},
    Texture{"small_rings", small_rings},
    Texture{"small_crosses", small_crosses},
    Texture{"small_stars", small_stars},
    Texture{"voronoi_cells", voronoi_cells},
    Texture{"giraffe_hide", giraffe_hide},
    Texture{"cobbles", cobbles},
    Texture{"marble", marble},
    Texture{"wood", wood},
    Texture{"clouds", clouds},
    Texture{"cow", cow},
    Texture{"rings", rings},
    Texture{"spiral", spiral},
    Texture{"pinwheel", pinwheel},
    Texture{"sunburst", sunburst},
    Texture{"dartboard", dartboard},
};

}  // namespace

std::span<const Texture> textures() {
  return kTextures;
}

}  // namespace limpid
