// A layer as an argument.
#pragma once

#include <string>

#include "engine/objective/objective.h"

namespace limpid {

/// The layer that `text` names, "mixed4a" or "mixed4a:pre"; its channels come together. Throws Error{usage} for what is
/// no layer, and for a part of one.
ObjectiveTerm parse_layer(const std::string& text, const Model& model);

}  // namespace limpid
