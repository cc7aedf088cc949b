// One-shot questions to a network: classes, activations, input gradients.
#include "engine/limpid.hpp"
#include "engine/network/executor.h"
#include "engine/network/layers.h"
#include "engine/network/picture.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"

namespace limpid {
namespace {

/// A network planned for one picture and one target, with the picture written into it.
class Query {
 public:
  Query(const Model& model, const Image& image, const TargetRequest& target, bool backward,
        InputScaling scaling)
      : threads_(0),
        backend_(cpu::make_backend()),
        executor_(*backend_, threads_.stream(), model,
                  make_plan(model, {{target}, image.height, image.width, 1, backward}), {DType::f32, true}) {
    write_picture(image, scaling, executor_.input(), 0);
  }

  NetworkExecutor& network() { return executor_; }

 private:
  HostThreads threads_;
  std::unique_ptr<Backend> backend_;
  NetworkExecutor executor_;
};

/// Logical channels of a target, image 0, as C x H x W.
Activations read_target(NetworkExecutor& network) {
  const PlanTarget& target = network.plan().targets.front();
  const auto view = network.target_value(0).as<const float>();
  Activations result{target.logical_channels, target.h, target.w, {}};
  result.values.reserve(static_cast<std::size_t>(target.logical_channels * target.h * target.w));
  for (int c = 0; c < target.logical_channels; ++c) {
    const int physical = target.channels.physical(c);
    for (int h = 0; h < target.h; ++h) {
      for (int w = 0; w < target.w; ++w) {
        result.values.push_back(view.at(0, physical / kGroup, h, w)[physical % kGroup]);
      }
    }
  }
  return result;
}

}  // namespace

std::vector<float> classify(const Model& model, const Image& image, bool subtract_mean) {
  InputScaling scaling = input_scaling(model.input);
  if (!subtract_mean) {
    for (float& mean : scaling.mean) mean = 0;
  }
  Query query(model, image, {"softmax", false, {}}, false, scaling);
  query.network().forward();
  return read_target(query.network()).values;
}

Activations activations(const Model& model, const Image& image, const std::string& layer, bool pre_relu) {
  const TargetRequest target{require_layer_name(layer), pre_relu, {}};
  Query query(model, image, target, false, input_scaling(model.input));
  query.network().forward();
  return read_target(query.network());
}

InputGradient input_gradient(const Model& model, const Image& image, const Objective& objective) {
  const InputScaling scaling = input_scaling(model.input);
  Query query(model, image, target_of(objective), true, scaling);
  NetworkExecutor& network = query.network();
  network.terms(0)[0] = term_of(objective, network.plan().targets.front());
  network.forward();
  network.backward();
  return {network.values().front(), image.height, image.width,
          read_gradient(network.input_gradient(), scaling, 0)};
}

}  // namespace limpid
