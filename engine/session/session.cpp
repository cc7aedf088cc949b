#include "engine/session/session.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "engine/image/network_input.h"
#include "engine/network/layers.h"
#include "engine/objective/check_objective.h"
#include "engine/objective/terms.h"
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

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options)
    : Session(std::move(model), options, Device(options.compute)) {}

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options, Device device)
    : model_(checked(std::move(model))),
      picture_(rule_of(*model_, options)),
      relu_gradient_(options.relu_gradient),
      translation_exact_(options.translation_exact),
      request_(request_of(*model_, options)),
      device_(std::move(device)) {
  if (!device_.backend().runs_tasks_in_parallel())
    request_.micro_batches.images = MicroBatches::kFittingCaches;
  if (!request_.start.empty()) input_channels_ = channel_count(*model_, request_.start);
}

Session::~Session() = default;

void Session::set_sizes(PlanRequest& request, const Extents& input) const {
  const auto [batch, channels, height, width] = input;
  if (channels != input_channels_)
    fail_usage("the input has {} channels, and {} were given", input_channels_, channels);
  if (batch < 1 || batch > kMostBatch) fail_usage("a batch of {} images: it is 1 to {}", batch, kMostBatch);
  if (height < 1 || width < 1 || height > kLargestSide || width > kLargestSide)
    fail_usage("an input of {}x{}: each side is 1 to {}", height, width, kLargestSide);
  request.batch = static_cast<int>(batch);
  request.height = static_cast<int>(height);
  request.width = static_cast<int>(width);
}

std::shared_ptr<SessionPlan> Session::planned(const PlanRequest& request) {
  const auto found = std::find_if(plans_.begin(), plans_.end(),
                                  [&](const auto& plan) { return plan->request() == request; });
  if (found != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, found);
    return plans_.front();
  }
  if (plans_.size() == kPlans) plans_.pop_back();
  plans_.push_front(
      std::make_shared<SessionPlan>(device_, *model_, request, picture_, relu_gradient_, translation_exact_));
  return plans_.front();
}

Extents Session::target_extents(int target, int batch, int height, int width) {
  const Turn turn(turns_, device_, kName);
  if (target < 0 || target >= target_count())
    fail_usage("the session has no target {}: they are 0 to {}", target, target_count() - 1);
  set_sizes(request_, {batch, input_channels_, height, width});
  return planned(request_)->target_extents(target);
}

void Session::forward(const TensorView<const float>& input, std::span<const TensorView<float>> outputs) {
  const Turn turn(turns_, device_, kName);
  if (request_.linear) fail_usage("a linear session has no forward pass");
  set_sizes(request_, input.extents);
  const std::shared_ptr<SessionPlan> plan = planned(request_);
  plan->check_forward(input, outputs);
  // One that fails on its way leaves half of its values.
  current_ = nullptr;
  plan->forward(input, outputs);
  current_ = plan;
}

void Session::backward(std::span<const TensorView<const float>> cotangents,
                       const TensorView<float>& gradient) {
  const Turn turn(turns_, device_, kName);
  if (!request_.backward) fail_usage("the session was opened without a backward pass");
  if (request_.linear) {
    set_sizes(request_, gradient.extents);
    current_ = planned(request_);
  }
  if (current_ == nullptr) fail_usage("a backward pass needs a forward pass before it");
  current_->backward(cotangents, gradient);
}

void Session::push(const TensorView<const float>& tangent, std::span<const TensorView<float>> outputs) {
  const Turn turn(turns_, device_, kName);
  if (!request_.push) fail_usage("the session was opened without a pass along tangents");
  if (request_.linear) {
    set_sizes(request_, tangent.extents);
    current_ = planned(request_);
  }
  if (current_ == nullptr) fail_usage("a pass along a tangent needs a forward pass before it");
  current_->push(tangent, outputs);
}

void Session::gradient(const TensorView<const float>& input, const Objective& objective,
                       std::span<double> values, const TensorView<float>& gradient) {
  const Turn turn(turns_, device_, kName);
  check_maximised(objective, *model_);
  const GoalShape shape = shape_of({objective, {}});
  if (shape.photos > 0 || shape.penalties > 0) {
    fail_usage(
        "the gradient of '{}' cannot be had: only terms on layers, without photos of their own, have one "
        "at a photo",
        to_string(objective));
  }
  PlanRequest request;
  request.targets = shape.targets;
  request.start = request_.start;
  request.micro_batches = {request_.micro_batches.images, true, !shape.joined};
  set_sizes(request, input.extents);
  planned(request)->gradient(input, objective, values, gradient);
}

}  // namespace limpid
