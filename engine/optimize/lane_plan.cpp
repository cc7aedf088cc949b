#include "engine/optimize/lane_plan.h"

#include <algorithm>

#include "engine/image/image_options.h"
#include "engine/network/layers.h"
#include "engine/objective/terms.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr int kLargestSize = 8192;
constexpr int kMostSteps = 1'000'000;

/// Values kept per slot at least, so that jobs of like lengths share lanes: 32 KiB.
constexpr int kLeastCurve = 4096;

}  // namespace

LaneSpec lane_for(const Model& model, const RenderOptions& options, bool shared) {
  LaneSpec spec;
  spec.target = target_of(options.objective);
  if (shared && !spec.target.channels.empty()) {
    spec.target.channels = branch_channels(model, spec.target.layer, options.objective.channel);
  }
  spec.height = options.height;
  spec.width = options.width;
  spec.image = image_form(options);
  spec.colours = colour_rule(options);
  spec.masked = options.mask != nullptr;
  spec.most_steps = std::max(options.steps, kLeastCurve);
  return spec;
}

Plan plan_of(const Backend& backend, const Model& model, const LaneSpec& spec) {
  PlanRequest request{{spec.target}, spec.height, spec.width, spec.slots, true, Concurrency::serial};
  if (backend.runs_tasks_in_parallel()) request.concurrency = Concurrency::parallel;
  return make_plan(model, request);
}

bool fits(const LaneSpec& made, const LaneSpec& wanted) {
  return made.target.layer == wanted.target.layer && made.target.pre_relu == wanted.target.pre_relu &&
         made.target.channels == wanted.target.channels && made.height == wanted.height &&
         made.width == wanted.width && made.image == wanted.image && made.colours == wanted.colours &&
         made.masked == wanted.masked && made.most_steps >= wanted.most_steps;
}

SlotJob slot_job(const RenderOptions& options) {
  return {options.objective,          options.seed,         0,
          options.learning_rate,      options.augmentation, options.redirected_relu,
          initial_deviation(options), options.init,         options.mask};
}

void check_render_options(const RenderOptions& options) {
  for (const int extent : {options.height, options.width}) {
    if (extent < 1 || extent > kLargestSize) {
      fail_usage("size {}x{} is out of range: each side is 1 to {} pixels", options.height, options.width,
                 kLargestSize);
    }
  }
  if (options.steps < 1 || options.steps > kMostSteps) {
    fail_usage("{} steps are out of range: 1 to {}", options.steps, kMostSteps);
  }
  for (const int threshold : options.thresholds) {
    if (threshold < 1 || threshold > options.steps) {
      fail_usage("threshold {} is out of range: 1 to the number of steps, {}", threshold, options.steps);
    }
  }
  if (!(options.learning_rate > 0)) fail_usage("learning rate {} must be positive", options.learning_rate);
  check_image_options(options);
}

}  // namespace limpid
