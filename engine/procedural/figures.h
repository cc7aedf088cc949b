// Things with an outline, drawn over a ground.
#pragma once

#include <span>
#include <string_view>

#include "engine/procedural/ground.h"

namespace limpid {

struct Figure {
  std::string_view name;
  /// Lays it over what is there.
  void (*draw)(Sketch& sketch, Canvas& canvas);
};

std::span<const Figure> figures();

}  // namespace limpid
