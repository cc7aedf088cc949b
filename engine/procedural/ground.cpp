#include "engine/procedural/ground.h"

#include <algorithm>
#include <array>
#include <utility>

namespace limpid {
namespace {

Tone material(Sketch& sketch) {
  return draw_material(sketch).draw(sketch);
}

Paint sky(Sketch& s) {
  const std::vector<Colour> colours = palette(s.draws, 2, true);
  const double slant = s.draws.uniform(-0.5, 0.5), way = s.draws.chance(0.5) ? 1 : -1;
  return
      [colours, slant, way](double x, double y) { return along(colours, 0.5 + 0.5 * (slant * x + way * y)); };
}

Paint mist(Sketch& s) {
  const std::vector<Colour> colours = palette(s.draws, s.draws.integer(2, 4), true);
  return [colours, noise = s.noise, scale = s.draws.uniform(1, 3)](double x, double y) {
    return along(colours, 0.5 + 0.6 * noise.fractal(scale * x, scale * y));
  };
}

/// Its tones are drawn together, so that it does not compete with what stands before it.
Paint faint_texture(Sketch& s) {
  const Tone tone = material(s);
  return [tone, colours = palette(s.draws, 3, true)](double x, double y) {
    return along(colours, 0.35 + 0.3 * tone(x, y));
  };
}

Paint floor_and_wall(Sketch& s) {
  const std::vector<Colour> wall = palette(s.draws, 2, true), floor = palette(s.draws, 3, true);
  return [wall, floor, noise = s.noise, pixel = s.pixel, horizon = s.draws.uniform(0.1, 0.6)](double x,
                                                                                              double y) {
    const Colour above = along(wall, 0.5 + 0.5 * y);
    const Colour below = along(floor, 0.5 + 0.5 * noise.fractal(3 * x, 6 * y) + 0.3 * (y - horizon));
    return mixed(above, below, edge(y - horizon - 0.04 * noise.at(2 * x, 0), pixel));
  };
}

}  // namespace

const Texture& draw_material(Sketch& sketch) {
  const std::span<const Texture> all = textures();
  const bool is_texture = sketch.concept_number < all.size();
  auto number =
      static_cast<std::size_t>(sketch.draws.integer(0, static_cast<int>(all.size()) - (is_texture ? 2 : 1)));
  if (is_texture && number >= sketch.concept_number) ++number;
  return all[number];
}

Paint painted(const Tone& tone, std::vector<Colour> colours) {
  return [tone, colours = std::move(colours)](double x, double y) { return along(colours, tone(x, y)); };
}

Paint ground(Sketch& sketch) {
  constexpr std::array kinds = {sky, mist, faint_texture, floor_and_wall};
  return kinds[static_cast<std::size_t>(sketch.draws.integer(0, kinds.size() - 1))](sketch);
}

Paint surface(Sketch& sketch, const Colour& colour) {
  if (sketch.draws.chance(0.75)) return [colour](double, double) { return colour; };
  return painted(material(sketch), {scaled(colour, 0.6), colour});
}

Canvas::Canvas(int side, const Paint& background)
    : image_{side, side,
             std::vector<float>(std::size_t{3} * static_cast<std::size_t>(side) *
                                static_cast<std::size_t>(side))},
      mask_(image_.rgb.size() / 3, 0) {
  lay([](double, double) { return 1; }, background);
  std::fill(mask_.begin(), mask_.end(), 0.0F);
}

void Canvas::lay(const std::function<double(double x, double y)>& coverage, const Paint& paint) {
  std::size_t at = 0;
  for (int row = 0; row < side(); ++row) {
    for (int column = 0; column < side(); ++column, ++at) {
      const double x = coordinate(column), y = coordinate(row), part = coverage(x, y);
      if (part <= 0) continue;
      const Colour colour = paint(x, y);
      float* const rgb = image_.rgb.data() + 3 * at;
      rgb[0] = static_cast<float>(std::lerp(double{rgb[0]}, colour.red, part));
      rgb[1] = static_cast<float>(std::lerp(double{rgb[1]}, colour.green, part));
      rgb[2] = static_cast<float>(std::lerp(double{rgb[2]}, colour.blue, part));
      mask_[at] = static_cast<float>(1 - (1 - double{mask_[at]}) * (1 - part));
    }
  }
}

}  // namespace limpid
