// Where an attribution sees something, beside what is looked for: the first slide of the 2018 deck.
#pragma once

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/objective/objective.h"
#include "weights/model.h"

namespace limpid {

/// The photo, the attribution drawn over it, and a picture that maximises the objective, of one size, side by side; the last is
/// rendered as `limpid render --preset limpid` does. Throws Error as a render does, and ExitCode where a signal stopped it.
Image beside_visualization(const Model& model, const Image& photo, const Image& attribution,
                           const Objective& objective, const ComputeOptions& compute, bool quiet);

}  // namespace limpid
