#include "engine/session/queries.h"

#include "engine/image/check_image.h"
#include "engine/image/network_input.h"
#include "engine/network/device.h"
#include "engine/network/executor.h"
#include "engine/network/layers.h"
#include "engine/network/planner.h"
#include "engine/objective/check_objective.h"
#include "engine/objective/terms.h"
#include "kernels/core/error.h"
#include "weights/validate.h"

namespace limpid {
namespace {

/// A network planned for one picture and some targets, with the picture written into it.
class Query {
 public:
  Query(const Model& model, const Image& image, const std::vector<TargetRequest>& targets, bool backward,
        InputScaling scaling, const ComputeOptions& compute)
      : device_(checked(model, image, compute)),
        executor_(device_.backend(), device_.stream(), model,
                  make_plan(model, {targets, image.height, image.width, 1, backward}), options(device_)) {
    const Host planes(image);
    write_picture(image, scaling, planes.view(), 0);
    executor_.set_input(planes.view());
  }

  NetworkExecutor& network() { return executor_; }

  std::vector<float> gradient(const Image& image, const InputScaling& scaling) {
    const Host planes(image);
    executor_.get_input_gradient(planes.view());
    return read_gradient(planes.view(), scaling, 0);
  }

  /// Logical channels of a target, by its place among those requested.
  Activations target(int index = 0) {
    const PlanTarget& target = executor_.plan().targets[static_cast<std::size_t>(index)];
    return {target.logical_channels, target.h, target.w, executor_.download_target(index, 0)};
  }

 private:
  /// The first thing that is made of the caller's arguments.
  static const ComputeOptions& checked(const Model& model, const Image& image,
                                       const ComputeOptions& compute) {
    check_structure(model, "the model");
    check_image(image, "the picture");
    return compute;
  }

  /// Planes of one picture's size in host memory.
  class Host {
   public:
    explicit Host(const Image& image)
        : values_(static_cast<std::size_t>(image.height) * static_cast<std::size_t>(image.width) * 3),
          view_{values_.data(), 1, 3, image.height, image.width} {}
    Planar<float> view() const { return view_; }

   private:
    std::vector<float> values_;
    Planar<float> view_;
  };

  static ExecutorOptions options(const Device& device) {
    ExecutorOptions options = device.executor_options();
    options.translation_exact = true;
    return options;
  }

  Device device_;
  NetworkExecutor executor_;
};

}  // namespace

std::vector<float> classify(const Model& model, const Image& image, bool subtract_mean,
                            const ComputeOptions& compute) {
  InputScaling scaling = input_scaling(model.input);
  if (!subtract_mean) {
    for (float& mean : scaling.mean) mean = 0;
  }
  Query query(model, image, {{probabilities_layer(model), false, {}}}, false, scaling, compute);
  query.network().forward();
  return query.target().values;
}

Activations activations(const Model& model, const Image& image, const std::string& layer, bool pre_relu,
                        const ComputeOptions& compute) {
  const NamedLayer named = require_layer(model, layer);
  const TargetRequest target{named.layer, pre_relu || named.pre_relu, {}};
  Query query(model, image, {target}, false, input_scaling(model.input), compute);
  query.network().forward();
  return query.target();
}

std::vector<Activations> activations(const Model& model, const Image& image,
                                     const std::vector<std::string>& layers, const ComputeOptions& compute) {
  std::vector<TargetRequest> targets;
  for (const std::string& layer : layers) {
    const NamedLayer named = require_layer(model, layer);
    targets.push_back({named.layer, named.pre_relu, {}});
  }
  Query query(model, image, targets, false, input_scaling(model.input), compute);
  query.network().forward();
  std::vector<Activations> result;
  for (int i = 0; i < static_cast<int>(layers.size()); ++i) result.push_back(query.target(i));
  return result;
}

InputGradient input_gradient(const Model& model, const Image& image, const Objective& objective,
                             const ComputeOptions& compute) {
  check_structure(model, "the model");
  check_maximised(objective, model);
  const InputScaling scaling = input_scaling(model.input);
  const Goals goals{objective, {}};
  const GoalShape shape = shape_of(goals);
  if (shape.photos > 0 || shape.penalties > 0) {
    fail_usage(
        "the gradient of '{}' cannot be had: only terms on layers, without photos of their own, have one "
        "at a photo",
        to_string(objective));
  }
  Query query(model, image, shape.targets, true, scaling, compute);
  NetworkExecutor& network = query.network();
  const std::vector<TargetTerms> terms = bind_terms(goals, network.plan(), {});
  for (std::size_t i = 0; i < terms.size(); ++i) network.set_terms(static_cast<int>(i), 0, terms[i]);
  network.forward();
  network.backward();
  return {network.download_values().front(), image.height, image.width, query.gradient(image, scaling)};
}

}  // namespace limpid
