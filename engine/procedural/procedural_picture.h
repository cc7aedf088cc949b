// Pictures that formulas draw, each of one concept, with an exact mask of where it is.
//
// The concepts are a part of the classes that weights/train teaches, drawn in the same manner and under the same names: so
// what a unit responds to can be compared with the truth. The pictures are not those of weights/train.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// Names of the concepts: textures, then figures.
const std::vector<std::string_view>& procedural_concepts();

struct ProceduralPicture {
  Image image;  ///< side x side, RGB in [0, 1], whole 255ths.
  /// side x side, in [0, 1]: how much of a pixel the concept covers. The ground, or the surface of a figure, may be another
  /// of the textures.
  std::vector<float> mask;
  std::size_t concept_number = 0;  ///< Into procedural_concepts().
};

/// Which formulas draw: another number where any picture is another.
inline constexpr int kProceduralVersion = 2;

/// Picture `number` of a seed is of concept `number` modulo their count. On one machine it depends on these and `side`, 1 at
/// least, alone; elsewhere sines may round otherwise.
ProceduralPicture procedural_picture(std::uint64_t seed, std::uint64_t number, int side);

}  // namespace limpid
