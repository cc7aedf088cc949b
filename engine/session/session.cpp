#include "engine/session/session.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <list>
#include <string_view>
#include <type_traits>
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

/// CUDA's name of its default stream (cudaStreamLegacy).
void* const kDefaultStream = reinterpret_cast<void*>(1);

[[noreturn]] void fail_first() {
  fail_usage(
      "the first pass of a kind and size plans and waits, which a capture cannot hold: run one before the "
      "capture");
}

std::shared_ptr<const Model> checked(std::shared_ptr<const Model> model) {
  if (model == nullptr) fail_usage("a session needs a model");
  check_structure(*model, "the model");
  return model;
}

}  // namespace

struct Session::State {
  State(std::shared_ptr<const Model> of, const SessionOptions& options, Device on);

  std::shared_ptr<SessionPlan> planned(const PlanRequest& wanted);
  void make_room();
  void set_sizes(PlanRequest& sized, const Extents& input) const;
  Stream stream();
  void set_stream(void* stream);
  template <class Run>
  void call(bool with_device_memory, const Run& run);
  template <class Run>
  void in_order(bool with_device_memory, const Run& run);
  void mark_end();
  void begin(SessionPlan& plan, Pass pass);
  template <class In, class Out>
  void forward(const In& input, std::span<const Out> outputs);
  template <class In, class Out>
  void backward(std::span<const In> cotangents, const Out& gradient);
  template <class In, class Out>
  void push(const In& tangent, std::span<const Out> outputs);
  template <class In, class Out>
  void gradient(const In& input, const Objective& objective, std::span<double> values, const Out& gradient);

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
  void* given_stream = nullptr;  ///< Null: the device's own.
  bool capturing = false;        ///< In the call under way.
  bool moved = false;            ///< To another stream, which does not yet wait for the one before.
  // Of a device that goes on by itself.
  std::unique_ptr<Fence> last;    ///< The end of the last call on its stream.
  std::unique_ptr<Fence> before;  ///< What a call does elsewhere, or finds there, that its stream waits for.
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
  if (!device.backend().asynchronous()) return;
  last = device.backend().make_fence();
  before = device.backend().make_fence();
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
    plans.front()->set_stream(stream());
    return plans.front();
  }
  if (capturing) fail_first();
  make_room();
  plans.push_front(
      std::make_shared<SessionPlan>(device, *model, wanted, picture, relu_gradient, translation_exact));
  if (given_stream != nullptr) {  // What it was made with went through the device's own.
    before->mark(device.stream());
    before->hold_back(stream());
  }
  plans.front()->set_stream(stream());
  return plans.front();
}

/// For one more plan. Those that the caller's graphs go through stay, and so does that of the last `forward`, which a
/// capture would otherwise have to free; neither counts.
void Session::State::make_room() {
  const auto may_go = [&](const auto& plan) { return plan != current && !plan->is_recorded(); };
  while (std::count_if(plans.begin(), plans.end(), may_go) >= static_cast<std::ptrdiff_t>(kPlans))
    plans.erase(std::prev(std::find_if(plans.rbegin(), plans.rend(), may_go).base()));
}

Stream Session::State::stream() {
  return given_stream == nullptr ? device.stream() : Stream{nullptr, given_stream};
}

void Session::State::set_stream(void* stream) {
  const Turn turn(turns, device, kName);
  if (last == nullptr) {
    if (stream != nullptr) fail_usage("a session on the CPU has no stream");
    return;
  }
  given_stream = stream;
  // Also where it is the same: a handle may be another stream in each thread, and is given again once destroyed.
  moved = true;
}

/// Runs what a call does, on its stream and after the calls before it.
template <class Run>
void Session::State::call(bool with_device_memory, const Run& run) {
  const Turn turn(turns, device, kName);
  if (last == nullptr) {
    if (with_device_memory) fail_usage("a session on the CPU takes tensors in host memory alone");
    return run();
  }
  const auto ordered = [&] { in_order(with_device_memory, run); };
  device.backend().within(std::ref(ordered));
}

template <class Run>
void Session::State::in_order(bool with_device_memory, const Run& run) {
  capturing = given_stream != nullptr && device.backend().is_captured(stream());
  if (capturing) {  // What is captured runs later, and waits for nothing from outside.
    if (!with_device_memory)
      fail_usage("host memory is out of a capture's reach: give tensors of the session's device");
    return run();
  }
  if (moved) last->hold_back(stream());
  moved = false;
  if (given_stream == nullptr && with_device_memory) {
    before->mark({nullptr, kDefaultStream});
    before->hold_back(stream());
  }
  try {
    run();
  } catch (...) {
    mark_end();
    throw;
  }
  last->mark(stream());
  if (given_stream == nullptr && with_device_memory) last->wait();
}

/// Where a call failed: what it was given to the stream before that comes before later calls on others. A device that
/// cannot even mark that has nothing to keep in order, and why the call failed is what matters.
void Session::State::mark_end() {
  try {
    last->mark(stream());
  } catch (const Error&) {
  }
}

/// Of a pass with a plan. Throws Error{usage} where a capture cannot hold it.
void Session::State::begin(SessionPlan& plan, Pass pass) {
  if (capturing) {
    if (!plan.has_run(pass)) fail_first();
    plan.set_recorded();
  }
  plan.set_stream(stream());
}

template <class In, class Out>
void Session::State::forward(const In& input, std::span<const Out> outputs) {
  call(std::is_same_v<In, DeviceView>, [&] {
    if (request.linear) fail_usage("a linear session has no forward pass");
    set_sizes(request, input.extents);
    const std::shared_ptr<SessionPlan> plan = planned(request);
    plan->check_forward(input, outputs);
    begin(*plan, Pass::forward);
    // One that fails on its way leaves half of its values.
    current = nullptr;
    plan->forward(input, outputs);
    plan->set_run(Pass::forward);
    current = plan;
  });
}

template <class In, class Out>
void Session::State::backward(std::span<const In> cotangents, const Out& gradient) {
  call(std::is_same_v<In, DeviceView>, [&] {
    if (!request.backward) fail_usage("the session was opened without a backward pass");
    if (request.linear) {
      set_sizes(request, gradient.extents);
      current = planned(request);
    }
    if (current == nullptr) fail_usage("a backward pass needs a forward pass before it");
    begin(*current, Pass::backward);
    current->backward(cotangents, gradient);
    current->set_run(Pass::backward);
  });
}

template <class In, class Out>
void Session::State::push(const In& tangent, std::span<const Out> outputs) {
  call(std::is_same_v<In, DeviceView>, [&] {
    if (!request.push) fail_usage("the session was opened without a pass along tangents");
    if (request.linear) {
      set_sizes(request, tangent.extents);
      current = planned(request);
    }
    if (current == nullptr) fail_usage("a pass along a tangent needs a forward pass before it");
    begin(*current, Pass::push);
    current->push(tangent, outputs);
    current->set_run(Pass::push);
  });
}

template <class In, class Out>
void Session::State::gradient(const In& input, const Objective& objective, std::span<double> values,
                              const Out& gradient) {
  call(std::is_same_v<In, DeviceView>, [&] {
    if (capturing) fail_usage("the values of an objective come to the host, which a capture cannot wait for");
    check_maximised(objective, *model);
    const GoalShape shape = shape_of({objective, {}});
    if (shape.photos > 0 || shape.penalties > 0) {
      fail_usage(
          "the gradient of '{}' cannot be had: only terms on layers, without photos of their own, have one "
          "at a photo",
          to_string(objective));
    }
    PlanRequest wanted;
    wanted.targets = shape.targets;
    wanted.start = request.start;
    wanted.micro_batches = {request.micro_batches.images, true, !shape.joined};
    set_sizes(wanted, input.extents);
    planned(wanted)->gradient(input, objective, values, gradient);
  });
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

int Session::gpu() const {
  return state_->device.gpu();
}

void Session::set_stream(void* stream) {
  state_->set_stream(stream);
}

Extents Session::target_extents(int target, int batch, int height, int width) {
  if (target < 0 || target >= target_count())
    fail_usage("the session has no target {}: they are 0 to {}", target, target_count() - 1);
  State& s = *state_;
  Extents extents{};
  s.call(s.last != nullptr, [&] {
    s.set_sizes(s.request, {batch, s.input_channels, height, width});
    extents = s.planned(s.request)->target_extents(target);
  });
  return extents;
}

void Session::forward(const TensorView<const float>& input, std::span<const TensorView<float>> outputs) {
  state_->forward(input, outputs);
}

void Session::forward(const DeviceView& input, std::span<const DeviceView> outputs) {
  state_->forward(input, outputs);
}

void Session::backward(std::span<const TensorView<const float>> cotangents,
                       const TensorView<float>& gradient) {
  state_->backward(cotangents, gradient);
}

void Session::backward(std::span<const DeviceView> cotangents, const DeviceView& gradient) {
  state_->backward(cotangents, gradient);
}

void Session::push(const TensorView<const float>& tangent, std::span<const TensorView<float>> outputs) {
  state_->push(tangent, outputs);
}

void Session::push(const DeviceView& tangent, std::span<const DeviceView> outputs) {
  state_->push(tangent, outputs);
}

void Session::gradient(const TensorView<const float>& input, const Objective& objective,
                       std::span<double> values, const TensorView<float>& gradient) {
  state_->gradient(input, objective, values, gradient);
}

void Session::gradient(const DeviceView& input, const Objective& objective, std::span<double> values,
                       const DeviceView& gradient) {
  state_->gradient(input, objective, values, gradient);
}

}  // namespace limpid
