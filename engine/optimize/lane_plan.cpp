#include "engine/optimize/lane_plan.h"

#include <algorithm>
#include <set>

#include "engine/image/staged_views.h"
#include "engine/network/layers.h"
#include "engine/objective/term_table.h"
#include "engine/objective/terms.h"
#include "engine/options/fit_files.h"
#include "engine/options/image_options.h"
#include "engine/options/option_table.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Values kept per slot at least, so that jobs of like lengths share lanes: 32 KiB.
constexpr int kLeastCurve = 4096;

/// From single channels to all of their branches; all of a layer that has none.
void widen_to_branches(const Model& model, TargetRequest& target) {
  std::set<int> channels;
  for (const int channel : target.channels) {
    const std::vector<int> branch = branch_channels(model, target.layer, channel);
    if (branch.empty()) {
      target.channels.clear();
      return;
    }
    channels.insert(branch.begin(), branch.end());
  }
  target.channels = {channels.begin(), channels.end()};
}

void check_update(const RenderOptions& options) {
  if (options.update.warmup_steps >= options.steps) {
    fail_usage("a warm-up of {} steps is out of range: 0 to one less than the number of steps, {}",
               options.update.warmup_steps, options.steps - 1);
  }
  if (options.update.normalise_gradient && scales_gradients(options.update.optimiser)) {
    fail_usage("only ascent and momentum take a normalised gradient; Adam and NAdam scale it themselves");
  }
}

/// What compares the images of a job does nothing where there is one.
void check_compared_images(const RenderOptions& options) {
  if (options.images > 1) return;
  const auto check = [](const Objective& objective) {
    for (const ObjectiveTerm& term : objective.terms) {
      if (!row_of(term).compares_images) continue;
      fail_usage("{} compares the images of a job, and there is one: ask for more (--images)",
                 to_string(term));
    }
  };
  check(options.objective);
  for (const Objective& watched : options.watch) check(watched);
}

}  // namespace

LaneSpec lane_for(const Model& model, const RenderOptions& options, bool shared) {
  LaneSpec spec;
  spec.goals = shape_of({options.objective, options.watch});
  if (shared) {
    for (TargetRequest& target : spec.goals.targets) widen_to_branches(model, target);
  }
  spec.images = options.images;
  spec.draws = options.view.draws;
  spec.height = options.height;
  spec.width = options.width;
  if (options.view.network_size) spec.seen = seen_size(options);
  spec.image = image_form(options);
  spec.colours = colour_rule(options);
  spec.masked = options.start.mask != nullptr;
  spec.normalise_gradient = options.update.normalise_gradient;
  spec.pool_gradient = options.gradient.pool;
  spec.needs = needs_of(options.view.transforms);
  if (options.view.transforms.staged()) spec.staged = seen_transforms(options);
  spec.most_steps = std::max(options.steps, kLeastCurve);
  return spec;
}

std::vector<ViewStage> first_stages(const LaneSpec& spec) {
  if (!spec.staged) return {};
  return every_size(*spec.staged, spec.height, spec.width).begin()->second;
}

Plan plan_of(const Model& model, const LaneSpec& spec, const std::vector<ViewStage>& stages,
             Concurrency concurrency) {
  const auto [height, width] = spec.seen_size();
  PlanRequest request{spec.goals.targets, height, width, spec.views(), true, concurrency, spec.goals.columns,
                      spec.pool_gradient};
  if (!stages.empty()) {
    request.height = stages.back().h;
    request.width = stages.back().w;
  }
  if (concurrency == Concurrency::serial) {
    request.micro_batches = {MicroBatches::kFittingCaches, !spec.halved(), !spec.goals.joined};
  }
  return make_plan(model, request);
}

bool fits(const LaneSpec& made, const LaneSpec& wanted) {
  GoalShape goals = wanted.goals;
  goals.joined |= made.goals.joined;  // A lane whose images wait for each other serves those that need not.
  return made.goals == goals && made.images == wanted.images && made.draws == wanted.draws &&
         made.height == wanted.height && made.width == wanted.width && made.seen == wanted.seen &&
         made.image == wanted.image && made.colours == wanted.colours && made.masked == wanted.masked &&
         made.needs == wanted.needs && made.staged == wanted.staged &&
         made.normalise_gradient == wanted.normalise_gradient && made.pool_gradient == wanted.pool_gradient &&
         made.most_steps >= wanted.most_steps;
}

UpdateRule update_rule(const RenderOptions& options) {
  UpdateRule rule;
  rule.optimiser = options.update.optimiser;
  rule.schedule = options.update.schedule;
  rule.epsilon_form = options.update.epsilon_form;
  rule.rate = learning_rate(options);
  rule.warmup_steps = static_cast<std::uint32_t>(options.update.warmup_steps);
  rule.steps = static_cast<std::uint32_t>(options.steps);
  return rule;
}

SlotJob slot_job(const RenderOptions& given, int restart) {
  RenderOptions options = given;
  fit_files(options);
  const auto image = static_cast<std::uint32_t>(restart) * static_cast<std::uint32_t>(options.images);
  return {{options.objective, options.watch},
          options.seed,
          image,
          update_rule(options),
          seen_transforms(options),
          options.view.settle,
          options.gradient.relu,
          options.gradient.relu_updates,
          initial_deviation(options),
          options.start.photo,
          options.start.mask};
}

void check_render_options(const RenderOptions& options) {
  check_ranges(options);
  for (const int threshold : options.thresholds) {
    if (threshold > options.steps) {
      fail_usage("threshold {} is out of range: 1 to the number of steps, {}", threshold, options.steps);
    }
  }
  check_compared_images(options);
  check_update(options);
  if (options.view.draws > 1 && options.view.transforms.staged()) {
    fail_usage("{} draws a step: views as a peer makes them are one draw for all, so give 1",
               options.view.draws);
  }
  if (options.view.settle != 1 && options.view.transforms.staged()) {
    fail_usage("views that settle to {}: views as a peer makes them go as far in every step, so give 1",
               options.view.settle);
  }
  check_image_options(options);
  check_transforms(seen_transforms(options), options.height, options.width);
}

}  // namespace limpid
