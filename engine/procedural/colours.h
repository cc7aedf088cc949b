// Colours: families of hues as nature has them, and a share of anything at all.
#pragma once

#include <initializer_list>
#include <vector>

#include "engine/procedural/draws.h"

namespace limpid {

/// RGB; [0, 1] where it is shown.
struct Colour {
  double red = 0, green = 0, blue = 0;
};

Colour mixed(const Colour& a, const Colour& b, double t);
Colour scaled(const Colour& colour, double factor);

enum class ColourFamily { earth, sand, foliage, autumn, sky, sea, stone, dusk, blossom, paint };

/// One colour, of these families, or of any where none is named.
Colour colour_of(PictureDraws& draws, std::initializer_list<ColourFamily> families = {});

/// `count` colours, 2 or more, from dark to light or the reverse, out of one or two families; for grounds, of those that
/// grounds have.
std::vector<Colour> palette(PictureDraws& draws, int count, bool for_ground = false);

/// The colour at t along a palette, linearly between neighbours.
Colour along(const std::vector<Colour>& colours, double t);

}  // namespace limpid
