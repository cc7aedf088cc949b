#include "engine/job/steering.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/image/view_strength.h"
#include "engine/objective/check_objective.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

[[noreturn]] void refuse(const Objective& objective, const std::string& why) {
  fail_usage("'{}' needs another plan, which a job that runs cannot have: {}", to_string(objective), why);
}

void check_target(const Objective& objective, const TargetRequest& wanted, const GoalShape& planned) {
  const auto made =
      std::find_if(planned.targets.begin(), planned.targets.end(), [&](const TargetRequest& target) {
        return target.layer == wanted.layer && target.pre_relu == wanted.pre_relu;
      });
  const std::string name = wanted.layer + (wanted.pre_relu ? ":pre" : "");
  if (made == planned.targets.end()) refuse(objective, fmt::format("its layers do not include {}", name));
  const auto has = [&](int channel) {
    return std::find(made->channels.begin(), made->channels.end(), channel) != made->channels.end();
  };
  const bool all =
      !wanted.channels.empty() && std::all_of(wanted.channels.begin(), wanted.channels.end(), has);
  if (!made->channels.empty() && !all)
    refuse(objective,
           fmt::format("of {} it computes only the channels it began with, for it is not steerable", name));
  const TermCounts &room = made->terms, &terms = wanted.terms;
  const bool fits = terms.seeds <= room.seeds && terms.vector_positions <= room.vector_positions &&
                    terms.caricatures <= room.caricatures && terms.grams <= room.grams;
  if (!fits) refuse(objective, fmt::format("it has fewer terms, or other kinds of them, on {}", name));
}

void check_objective_fits(const Objective& objective, const RenderOptions& now, const GoalShape& planned) {
  const Goals goals{objective, now.watch};
  const GoalShape wanted = shape_of(goals);
  for (const TargetRequest& target : wanted.targets) check_target(objective, target, planned);
  if (wanted.penalties > planned.penalties) refuse(objective, "it has fewer terms on the picture");
  if (photos_of(goals) != photos_of({now.objective, now.watch}))
    refuse(objective, "it is compared with other photos, or with the same in another order");
}

void check_views_fit(const Transforms& transforms, const LaneSpec& planned) {
  if (planned.staged || transforms.staged())
    fail_usage("views as a peer makes them cannot change while a job runs: their sizes are planned");
  const TransformNeeds needs = needs_of(transforms);
  if ((needs.views && !planned.needs.views) || (needs.blur && !planned.needs.blur)) {
    fail_usage(
        "'{}' needs another plan, which a job that runs cannot have: begin with transforms that have {}",
        to_string(transforms),
        needs.blur && !planned.needs.blur ? "a blur" : "colours, noise or a homography");
  }
}

}  // namespace

void SteeredOptions::apply(const Steering& steering, const LaneSpec& planned, const Model& model) {
  SteeredOptions next = *this;
  RenderOptions& options = next.options_;
  if (steering.objective) {
    check_maximised(*steering.objective, model);
    check_objective_fits(*steering.objective, options_, planned.goals);
    options.objective = *steering.objective;
  }
  if (steering.learning_rate) options.update.learning_rate = steering.learning_rate;
  if (steering.transforms) options.view.transforms = *steering.transforms;
  if (steering.noise) options.view.transforms = with_noise(options.view.transforms, *steering.noise);
  if (steering.view_strength) {
    if (!(*steering.view_strength >= 0 && *steering.view_strength <= 1))
      fail_usage("a view strength of {}: it is 0 to 1", *steering.view_strength);
    next.view_strength_ = *steering.view_strength;
  }
  if (steering.transforms || steering.noise || steering.view_strength) {
    options.view.transforms = parse_transforms(to_string(options.view.transforms));  // Checks every number.
    check_views_fit(options.view.transforms, planned);
  }
  check_render_options(next.now());
  *this = next;
}

RenderOptions SteeredOptions::now() const {
  RenderOptions options = options_;
  options.view.transforms = at_strength(options.view.transforms, view_strength_);
  return options;
}

}  // namespace limpid
