// Whether an objective that a caller put together, rather than had parsed, can be computed of a model.
#pragma once

#include <string_view>

#include "engine/objective/objective.h"

namespace limpid {

/// Throws Error{usage} naming `what` and the term unless each term reads a layer under its canonical name,
/// channels that it has, vectors and photos that are there and are what they say, and numbers that are finite
/// and in range. Positions depend on the input's size and are checked with it.
void check_objective(const Objective& objective, const Model& model, std::string_view what);

/// The same of what is to be maximised, of which at least one term reads a layer.
void check_maximised(const Objective& objective, const Model& model);

}  // namespace limpid
