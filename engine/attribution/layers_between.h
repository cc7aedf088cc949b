// The part of a network from one layer to another above it.
#pragma once

#include <string>

#include "engine/session/session.h"

namespace limpid {

/// Of a session that begins with the activations of `lower` and ends at `upper`. Throws Error{usage} where both are the same.
SessionOptions options_between(const std::string& upper, const std::string& lower,
                               const ComputeOptions& compute);

/// Before work that needs such a session: throws Error{usage} where pictures of size x size pixels have none, for one of the layers is
/// not computed from the other alone, or is the same.
void check_layers_between(const Model& model, const std::string& upper, const std::string& lower, int size);

}  // namespace limpid
