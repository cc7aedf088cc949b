#include "engine/session/session.h"

#include <algorithm>
#include <limits>
#include <list>
#include <string_view>
#include <utility>

#include "engine/image/network_input.h"
#include "engine/network/layers.h"
#include "engine/network/planner.h"
#include "engine/network/turn.h"
#include "engine/objective/check_objective.h"
#include "engine/objective/terms.h"
#include "engine/session/session_plan.h"
#include "kernels/backend.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "weights/validate.h"

namespace limpid {
namespace {

/// Without an objective, its gradient the caller's.
TargetRequest target_of(const Model& model, std::string_view text, bool backward) {
  const NamedLayer named = require_target(model, text);
  TargetRequest target{named.layer, named.pre_relu, {}};
  target.terms.seeds = 0;
  target.given_gradient = backward;
  return target;
}

PlanRequest request_of(const Model& model, const SessionOptions& options) {
  PlanRequest request;
  for (const std::string& text : options.targets) {
    request.targets.push_back(target_of(model, text, options.backward));
    if (options.backward &&
        std::count(request.targets.begin(), request.targets.end(), request.targets.back()) > 1)
      fail_usage("'{}' is a target twice", text);
  }
  if (options.linear && !options.backward && !options.push)
    fail_usage("a linear session has no forward pass: it needs 'backward' or 'push'");
  if (options.linear && options.relu_gradient != ReluGradient::plain)
    fail_usage("a linear session has no ReLUs whose gradients could go by a rule");
  request.backward = options.backward;
  request.push = options.push;
  request.linear = options.linear;
  request.repeats = true;
  if (!options.start.empty()) {
    const NamedLayer start = require_layer(model, options.start);
    if (start.pre_relu) fail_usage("a session cannot start at '{}', before a ReLU", options.start);
    request.start = start.layer;
  }
  return request;
}

PictureRule rule_of(const Model& model, const SessionOptions& options) {
  PictureRule rule{input_scaling(model.input)};
  if (!options.subtract_mean) {
    for (float& mean : rule.scaling.mean) mean = 0;
  }
  if (options.unit == PictureUnit::picture) rule.derivative = rule.scaling.scale;
  return rule;
}

constexpr const char* kName = "session";

std::shared_ptr<const Model> checked(std::shared_ptr<const Model> model) {
  if (model == nullptr) fail_usage("a session needs a model");
  check_structure(*model, "the model");
  return model;
}

}  // namespace

struct Session::State {
  State(std::shared_ptr<const Model> of, const SessionOptions& options, Device on);

  std::shared_ptr<SessionPlan> planned(const PlanRequest& wanted);
  void set_sizes(PlanRequest& sized, const Extents& input) const;

  std::shared_ptr<const Model> model;
  PictureRule picture;
  ReluGradient relu_gradient;
  bool translation_exact;
  PlanRequest request;  ///< Of the targets; its sizes are those of the last call.
  Device device;
  int input_channels = 3;
  std::list<std::shared_ptr<SessionPlan>> plans;  ///< Latest first.
  std::shared_ptr<SessionPlan> current;           ///< Of the last `forward`.
  Turns turns;
};

Session::State::State(std::shared_ptr<const Model> of, const SessionOptions& options, Device on)
    : model(checked(std::move(of))),
      picture(rule_of(*model, options)),
      relu_gradient(options.relu_gradient),
      translation_exact(options.translation_exact),
      request(request_of(*model, options)),
      device(std::move(on)) {
  if (!device.backend().runs_tasks_in_parallel()) request.micro_batches.images = MicroBatches::kFittingCaches;
  if (!request.start.empty()) input_channels = channel_count(*model, request.start);
}

void Session::State::set_sizes(PlanRequest& sized, const Extents& input) const {
  const auto [batch, channels, height, width] = input;
  if (channels != input_channels)
    fail_usage("the input has {} channels, and {} were given", input_channels, channels);
  if (batch < 1 || batch > kMostBatch) fail_usage("a batch of {} images: it is 1 to {}", batch, kMostBatch);
  if (height < 1 || width < 1 || height > kLargestSide || width > kLargestSide)
    fail_usage("an input of {}x{}: each side is 1 to {}", height, width, kLargestSide);
  sized.batch = static_cast<int>(batch);
  sized.height = static_cast<int>(height);
  sized.width = static_cast<int>(width);
}

std::shared_ptr<SessionPlan> Session::State::planned(const PlanRequest& wanted) {
  const auto found =
      std::find_if(plans.begin(), plans.end(), [&](const auto& plan) { return plan->request() == wanted; });
  if (found != plans.end()) {
    plans.splice(plans.begin(), plans, found);
    return plans.front();
  }
  if (plans.size() == kPlans) plans.pop_back();
  plans.push_front(
      std::make_shared<SessionPlan>(device, *model, wanted, picture, relu_gradient, translation_exact));
  return plans.front();
}

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options)
    : Session(std::move(model), options, Device(options.compute)) {}

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options, Device device)
    : state_(std::make_unique<State>(std::move(model), options, std::move(device))) {}

Session::~Session() = default;

const Model& Session::model() const {
  return *state_->model;
}

int Session::target_count() const {
  return static_cast<int>(state_->request.targets.size());
}

int Session::input_channels() const {
  return state_->input_channels;
}

Extents Session::target_extents(int target, int batch, int height, int width) {
  State& s = *state_;
  const Turn turn(s.turns, s.device, kName);
  if (target < 0 || target >= target_count())
    fail_usage("the session has no target {}: they are 0 to {}", target, target_count() - 1);
  s.set_sizes(s.request, {batch, s.input_channels, height, width});
  return s.planned(s.request)->target_extents(target);
}

void Session::forward(const TensorView<const float>& input, std::span<const TensorView<float>> outputs) {
  State& s = *state_;
  const Turn turn(s.turns, s.device, kName);
  if (s.request.linear) fail_usage("a linear session has no forward pass");
  s.set_sizes(s.request, input.extents);
  const std::shared_ptr<SessionPlan> plan = s.planned(s.request);
  plan->check_forward(input, outputs);
  // One that fails on its way leaves half of its values.
  s.current = nullptr;
  plan->forward(input, outputs);
  s.current = plan;
}

void Session::backward(std::span<const TensorView<const float>> cotangents,
                       const TensorView<float>& gradient) {
  State& s = *state_;
  const Turn turn(s.turns, s.device, kName);
  if (!s.request.backward) fail_usage("the session was opened without a backward pass");
  if (s.request.linear) {
    s.set_sizes(s.request, gradient.extents);
    s.current = s.planned(s.request);
  }
  if (s.current == nullptr) fail_usage("a backward pass needs a forward pass before it");
  s.current->backward(cotangents, gradient);
}

void Session::push(const TensorView<const float>& tangent, std::span<const TensorView<float>> outputs) {
  State& s = *state_;
  const Turn turn(s.turns, s.device, kName);
  if (!s.request.push) fail_usage("the session was opened without a pass along tangents");
  if (s.request.linear) {
    s.set_sizes(s.request, tangent.extents);
    s.current = s.planned(s.request);
  }
  if (s.current == nullptr) fail_usage("a pass along a tangent needs a forward pass before it");
  s.current->push(tangent, outputs);
}

void Session::gradient(const TensorView<const float>& input, const Objective& objective,
                       std::span<double> values, const TensorView<float>& gradient) {
  State& s = *state_;
  const Turn turn(s.turns, s.device, kName);
  check_maximised(objective, *s.model);
  const GoalShape shape = shape_of({objective, {}});
  if (shape.photos > 0 || shape.penalties > 0) {
    fail_usage(
        "the gradient of '{}' cannot be had: only terms on layers, without photos of their own, have one "
        "at a photo",
        to_string(objective));
  }
  PlanRequest request;
  request.targets = shape.targets;
  request.start = s.request.start;
  request.micro_batches = {s.request.micro_batches.images, true, !shape.joined};
  s.set_sizes(request, input.extents);
  s.planned(request)->gradient(input, objective, values, gradient);
}

}  // namespace limpid
