// Which lane a job needs, and whether two jobs can share one.
#pragma once

#include "engine/limpid.hpp"
#include "engine/optimize/lane.h"

namespace limpid {

/// The lane for `options`, one slot, without the executor's options. A job by itself is planned for its
/// channel alone; `shared` plans for all channels of its branch, so that its neighbours fit too. Both give
/// the same bytes: the other channels only add zeros to the gradient.
LaneSpec lane_for(const Model& model, const RenderOptions& options, bool shared);

/// What a lane of this backend runs where the network's input is of this size.
Plan plan_of(const Backend& backend, const Model& model, const LaneSpec& spec, int height, int width);

/// Whether a job that wants `wanted` can run in a lane made for `made`.
bool fits(const LaneSpec& made, const LaneSpec& wanted);

/// How the options have parameters updated.
UpdateRule update_rule(const RenderOptions& options);

/// The part of the options that a slot takes, for one of the starts asked for.
SlotJob slot_job(const RenderOptions& options, int restart = 0);

/// Throws Error{usage} for a size, number of steps, threshold, rate, warm-up, decay, patience or number of
/// restarts out of range, for a normalised gradient without ascent, and for transforms that the picture is
/// too small for.
void check_render_options(const RenderOptions& options);

}  // namespace limpid
