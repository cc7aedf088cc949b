// Tuning curves as a drawing.
#pragma once

#include <string>
#include <string_view>

#include "tools/probe/tuning.h"

namespace limpid {

/// An SVG file: a panel for each unit, its response over the first sweep, around a circle where that is an angle; a curve for
/// each value of the second. Negative responses of a circle are dashed. Some stimuli stand beside the axis. `about`: the file's
/// description.
std::string tuning_svg(const Tuning& tuning, std::string_view about);

}  // namespace limpid
