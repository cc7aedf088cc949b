// Targets: short texts that each name many objectives.
#pragma once

#include <string_view>
#include <vector>

#include "engine/objective/objective.h"
#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

/// The objectives that one target names, in the order of its text:
///
///   mixed4a               every channel (not, as for a single render, the layer as a whole)
///   mixed4a:0-99          channels 0 to 99, both included
///   mixed4a:3,7,11-20     channels in this order
///   mixed4a_3x3, logits   any layer that has channels; logits:tabby names a class by its label
///   mixed4a:pre           every channel before the ReLU; mixed4a:0-9:pre some of them
///   mixed4a:0-9@c         neurons instead, at the centre or @y,x
///   all                   every channel of Network::trunk_layers: conv2d0, conv2d1, conv2d2 and all modules, mixed3a to mixed5b
///   -mixed4a              minimised
///
/// Throws Error{usage} for unknown layers, empty ranges and channels out of range; the message does not
/// repeat the target.
std::vector<Objective> expand_target(std::string_view target, const Model& model);

/// A job for each of these objectives, in all else like `common`. Throws as `expand_target` does.
std::vector<RenderOptions> jobs_of_target(std::string_view target, const RenderOptions& common,
                                          const Model& model);

}  // namespace limpid
