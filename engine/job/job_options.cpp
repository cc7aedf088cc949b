#include "engine/job/job_options.h"

#include "engine/objective/check_objective.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/core/error.h"

namespace limpid {

void check_job_options(const JobOptions& options, const Model& model) {
  const RenderOptions& render = options.render;
  if (!render.objective.terms.empty()) {
    check_maximised(render.objective, model);
  } else if (options.targets.empty()) {
    fail_usage("a job needs an objective, or targets whose gradients the caller gives");
  }
  if (render.objective.terms.empty() && !render.watch.empty())
    fail_usage("objectives are only watched beside one that is climbed");
  for (const Objective& watched : render.watch) check_objective(watched, model, "a watched objective");
  check_render_options(render);
  if (render.restarts > 1) {
    fail_usage(
        "a job that is pulled has one start, and {} restarts are asked for: give each a job, or render it",
        render.restarts);
  }
  if (!options.targets.empty() && render.view.transforms.staged())
    fail_usage(
        "targets of the caller's need views of one size: leave out transforms that begin with lucid: and the like");
  if (!render.thresholds.empty())
    fail_usage("a job that is pulled has no thresholds: ask for its picture when it has the steps");
}

}  // namespace limpid
