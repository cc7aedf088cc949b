// Which lane a job needs, and whether two jobs can share one.
#pragma once

#include <vector>

#include "engine/image/staged_views.h"
#include "engine/network/liveness.h"
#include "engine/network/plan.h"
#include "engine/optimize/lane_spec.h"
#include "engine/optimize/slot_job.h"
#include "engine/options/render_options.h"
#include "kernels/ops/update_rule.h"
#include "weights/model.h"

namespace limpid {

/// The lane for `options`, one slot, without the executor's options. A job by itself is planned for its
/// channel alone; `shared` plans for all channels of its branch, so that its neighbours fit too. Both give
/// the same bytes: the other channels only add zeros to the gradient.
LaneSpec lane_for(const Model& model, const RenderOptions& options, bool shared);

/// Stages of the views of a lane, by example of the first of their sizes; none where views are composed.
std::vector<ViewStage> first_stages(const LaneSpec& spec);

/// The network of a lane whose views have these stages.
Plan plan_of(const Model& model, const LaneSpec& spec, const std::vector<ViewStage>& stages,
             Concurrency concurrency);

/// Whether a job that wants `wanted` can run in a lane made for `made`.
bool fits(const LaneSpec& made, const LaneSpec& wanted);

/// How the options have parameters updated.
UpdateRule update_rule(const RenderOptions& options);

/// The part of the options that a slot takes, for one of the starts asked for.
SlotJob slot_job(const RenderOptions& options, int restart = 0);

/// Throws Error{usage} for a size, number of steps, threshold, rate, warm-up, decay, patience or number of
/// restarts out of range, for a normalised gradient with an optimiser that scales it itself, and for transforms that
/// the picture is too small for.
void check_render_options(const RenderOptions& options);

}  // namespace limpid
