// A dissection as a drawing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/dissection/dissect.h"

namespace limpid {

/// Two charts as SVG, with the layers along both: how many directions of each basis are detectors, and how many different concepts
/// they detect; the layers' own channels beside each rotation. `about` is what the file says of itself.
std::string dissection_svg(const std::vector<DissectedLayer>& layers, std::string_view about);

}  // namespace limpid
