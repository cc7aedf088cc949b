#include "engine/session/session_plan.h"

#include <string>

#include "engine/network/check_view.h"
#include "engine/objective/terms.h"
#include "engine/session/picture_transfer.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

ExecutorOptions options_of(const Device& device, bool translation_exact) {
  ExecutorOptions options = device.executor_options();
  options.translation_exact = translation_exact;
  return options;
}

}  // namespace

SessionPlan::SessionPlan(Device& device, const Model& model, const PlanRequest& request,
                         const PictureRule& picture, ReluGradient relu_gradient, bool translation_exact)
    : device_(device),
      stream_(device.stream()),
      request_(request),
      picture_(picture),
      relu_gradient_(relu_gradient),
      network_(device.backend(), device.stream(), model, make_plan(model, request),
               options_of(device, translation_exact)) {
  if (relu_gradient_ != ReluGradient::plain) {
    const std::vector<ReluGradient> rules(static_cast<std::size_t>(request_.batch), relu_gradient_);
    device.backend().upload(device.stream(), network_.relu_rules(), rules.data(),
                            rules.size() * sizeof(rules[0]));
  }
  if (!device.backend().asynchronous()) return;
  maps_ = std::make_unique<DeviceMaps>(device.backend(), stream_, network_.plan(), picture_);
  if (at_picture()) staging_.resize(static_cast<std::size_t>(network_.input().elements()));
}

void SessionPlan::set_stream(const Stream& stream) {
  stream_ = stream;
  network_.set_stream(stream);
}

Extents SessionPlan::input_extents() const {
  const int channels = at_picture() ? 3 : network_.plan().start.logical_channels;
  return {request_.batch, channels, request_.height, request_.width};
}

Extents SessionPlan::target_extents(int target) const {
  const PlanTarget& planned = network_.plan().targets[static_cast<std::size_t>(target)];
  return {request_.batch, planned.logical_channels, planned.h, planned.w};
}

std::string SessionPlan::target_name(int target) const {
  const PlanTarget& planned = network_.plan().targets[static_cast<std::size_t>(target)];
  return planned.layer + (planned.pre_relu ? ":pre" : "");
}

void SessionPlan::check_count(std::size_t given, const char* what) const {
  if (given == request_.targets.size()) return;
  fail_usage("the session has {} targets, and {} {} were given", request_.targets.size(), given, what);
}

void SessionPlan::write_input(const TensorView<const float>& input) {
  if (!at_picture()) return network_.write_start(input);
  Planar<float> planes = network_.input();
  if (!staging_.empty()) planes.data = staging_.data();
  write_pictures(stream_, input, picture_.scaling, planes);
  if (!staging_.empty()) network_.set_input(planes);
}

void SessionPlan::write_tangent(const TensorView<const float>& tangent) {
  if (!at_picture()) return network_.write_start_tangent(tangent);
  InputScaling linear = picture_.scaling;
  linear.scale = picture_.derivative;
  for (float& mean : linear.mean) mean = 0;
  Planar<float> planes = network_.input_tangent();
  if (!staging_.empty()) planes.data = staging_.data();
  write_pictures(stream_, tangent, linear, planes);
  if (!staging_.empty()) network_.set_input_tangent(planes);
}

void SessionPlan::read_gradient(const TensorView<float>& gradient) {
  if (!at_picture()) return network_.read_start_gradient(gradient);
  Planar<float> planes = network_.input_gradient();
  if (!staging_.empty()) {
    planes.data = staging_.data();
    network_.get_input_gradient(planes);
  }
  read_pictures(stream_, planes, picture_.scaling, picture_.derivative, gradient);
}

void SessionPlan::write_cotangent(int target, const TensorView<const float>& cotangent) {
  network_.write_given_gradient(target, cotangent);
}

void SessionPlan::write_cotangent(int target, const DeviceView& cotangent) {
  maps_->write_given_gradient(stream_, network_, target, cotangent);
}

template <class Out>
void SessionPlan::check_outputs(std::span<const Out> outputs) const {
  if (!outputs.empty()) check_count(outputs.size(), "outputs");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const int target = static_cast<int>(i);
    if (outputs[i].data != nullptr)
      check_written(outputs[i], target_extents(target), [&] { return target_name(target); });
  }
}

template <class In, class Out>
void SessionPlan::check_forward(const In& input, std::span<const Out> outputs) const {
  check_outputs(outputs);
  check_view(input, input_extents(), [] { return "the input"; });
}

template <class In, class Out>
void SessionPlan::forward(const In& input, std::span<const Out> outputs) {
  check_forward(input, outputs);
  write_input(input);
  network_.forward();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].data != nullptr) read_target(static_cast<int>(i), outputs[i]);
  }
}

template <class In, class Out>
void SessionPlan::push(const In& tangent, std::span<const Out> outputs) {
  check_outputs(outputs);
  check_view(tangent, input_extents(), [] { return "the tangent"; });
  write_tangent(tangent);
  network_.push();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].data != nullptr) read_tangent(static_cast<int>(i), outputs[i]);
  }
}

template <class In, class Out>
void SessionPlan::backward(std::span<const In> cotangents, const Out& gradient) {
  check_count(cotangents.size(), "cotangents");
  for (std::size_t i = 0; i < cotangents.size(); ++i) {
    const int target = static_cast<int>(i);
    if (cotangents[i].data == nullptr) continue;
    check_view(cotangents[i], target_extents(target),
               [&] { return "the cotangent of " + target_name(target); });
  }
  check_written(gradient, input_extents(), [] { return "the gradient"; });
  for (std::size_t i = 0; i < cotangents.size(); ++i) write_cotangent(static_cast<int>(i), cotangents[i]);
  network_.backward(relu_rule());
  read_gradient(gradient);
}

NetworkExecutor::ReluRule SessionPlan::relu_rule() const {
  using Rule = NetworkExecutor::ReluRule;
  return relu_gradient_ == ReluGradient::plain ? Rule::plain : Rule::ruled;
}

template <class In, class Out>
void SessionPlan::gradient(const In& input, const Objective& objective, std::span<double> values,
                           const Out& gradient) {
  if (values.size() != static_cast<std::size_t>(request_.batch)) {
    fail_usage("an input of {} images has as many values, and there is room for {}", request_.batch,
               values.size());
  }
  check_view(input, input_extents(), [] { return "the input"; });
  if (gradient.data != nullptr) check_written(gradient, input_extents(), [] { return "the gradient"; });
  write_input(input);
  const Goals goals{objective, {}};
  for (int image = 0; image < request_.batch; ++image) {
    const std::vector<TargetTerms> terms = bind_terms(goals, network_.plan(), {0, 1, image, 1});
    for (std::size_t i = 0; i < terms.size(); ++i) network_.set_terms(static_cast<int>(i), image, terms[i]);
  }
  gradient.data != nullptr ? network_.gradient(relu_rule()) : network_.evaluate();
  device_.backend().download(stream_, values.data(), network_.values(), values.size_bytes());
  if (gradient.data != nullptr) read_gradient(gradient);
}

#define LIMPID_PASSES(In, Out)                                                     \
  template void SessionPlan::check_forward(const In&, std::span<const Out>) const; \
  template void SessionPlan::forward(const In&, std::span<const Out>);             \
  template void SessionPlan::backward(std::span<const In>, const Out&);            \
  template void SessionPlan::push(const In&, std::span<const Out>);                \
  template void SessionPlan::gradient(const In&, const Objective&, std::span<double>, const Out&);
LIMPID_PASSES(TensorView<const float>, TensorView<float>)
LIMPID_PASSES(DeviceView, DeviceView)
#undef LIMPID_PASSES

}  // namespace limpid
