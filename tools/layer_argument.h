// A layer, or a unit of one, as an argument.
#pragma once

#include <string>

#include "engine/objective/objective.h"

namespace limpid {

/// The layer that `text` names, "mixed4a" or "mixed4a:pre"; its channels come together. Throws Error{usage} for what is
/// no layer, and for a part of one.
ObjectiveTerm parse_layer(const std::string& text, const Model& model);

/// A channel, "mixed3b:379" or "mixed3b:379:pre", or its unit at a position, "mixed3b:379@14,14". Throws Error{usage} for anything else.
ObjectiveTerm parse_unit(const std::string& text, const Model& model);

/// The same without a position.
ObjectiveTerm parse_channel(const std::string& text, const Model& model);

}  // namespace limpid
