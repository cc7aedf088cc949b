#include "engine/procedural/procedural_picture.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/procedural/figures.h"
#include "engine/procedural/ground.h"
#include "engine/procedural/textures.h"

namespace limpid {
namespace {

/// The texture alone, or, in a quarter of the pictures, on a board or in a patch.
Canvas texture_picture(Sketch& s, const Texture& texture, int side) {
  const Tone tone = texture.draw(s);
  const Paint paint = painted(tone, palette(s.draws, s.draws.integer(2, 4)));
  if (s.draws.chance(0.75)) {
    Canvas canvas(side, paint);
    canvas.lay([](double, double) { return 1; }, paint);
    return canvas;
  }
  Canvas canvas(side, ground(s));
  const double width = canvas.pixel(), half = s.draws.uniform(0.7, 0.9), slant = s.draws.uniform(-0.25, 0.25);
  if (s.draws.chance(0.5)) {
    canvas.lay([&](double x,
                   double y) { return edge(half - std::max(std::abs(x + slant * y), std::abs(y)), width); },
               paint);
  } else {
    canvas.lay(
        [&](double x, double y) {
          return edge(half - std::hypot(x, y) + 0.2 * s.noise.at(2 * x, 2 * y), width);
        },
        paint);
  }
  return canvas;
}

/// What a camera adds: uneven light, exposure and grain.
void photograph(PictureDraws& draws, Image& image) {
  const bool uneven = draws.chance(0.4);
  const double light_x = uneven ? draws.uniform(-0.4, 0.4) : 0,
               light_y = uneven ? draws.uniform(-0.4, 0.4) : 0;
  const double exposure = draws.log_uniform(0.8, 1.3);
  const double grain = draws.chance(0.3) ? draws.uniform(0.005, 0.02) : 0;
  const double step = 2.0 / image.width;
  std::size_t at = 0;
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      const double light = 1 + light_x * ((column + 0.5) * step - 1) + light_y * ((row + 0.5) * step - 1);
      for (int channel = 0; channel < 3; ++channel, ++at) {
        double value = std::pow(std::clamp(image.rgb[at] * light, 0.0, 1.0), exposure);
        // Uniform, of the deviation `grain`.
        if (grain > 0) value += grain * draws.uniform(-1.7320508, 1.7320508);
        image.rgb[at] = static_cast<float>(std::round(255 * std::clamp(value, 0.0, 1.0)) / 255);
      }
    }
  }
}

}  // namespace

const std::vector<std::string_view>& procedural_concepts() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const Texture& texture : textures()) all.push_back(texture.name);
    for (const Figure& figure : figures()) all.push_back(figure.name);
    return all;
  }();
  return names;
}

ProceduralPicture procedural_picture(std::uint64_t seed, std::uint64_t number, int side) {
  PictureDraws draws(seed, number);
  ProceduralPicture picture;
  picture.concept_number = static_cast<std::size_t>(number % procedural_concepts().size());
  Sketch sketch{draws, NoiseField(draws), 2.0 / side, picture.concept_number};
  const auto draw = [&]() -> Canvas {
    if (picture.concept_number < textures().size())
      return texture_picture(sketch, textures()[picture.concept_number], side);
    Canvas canvas(side, ground(sketch));
    figures()[picture.concept_number - textures().size()].draw(sketch, canvas);
    return canvas;
  };
  Canvas canvas = draw();
  picture.mask = canvas.mask();
  picture.image = std::move(canvas.image());
  photograph(draws, picture.image);
  return picture;
}

}  // namespace limpid
