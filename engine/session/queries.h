// One-shot questions to a network: classes, activations, input gradients.
#pragma once

#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/objective/objective.h"
#include "weights/model.h"

namespace limpid {

/// Forward results of one layer, logical channels: channels x height x width.
struct Activations {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values;
};

/// Value of an objective and its gradient with respect to the network's input.
struct InputGradient {
  double value = 0;
  int height = 0, width = 0;
  /// height x width x 3, RGB order, per unit of the network's own input (0..255 scale).
  std::vector<float> gradient;
};

/// Class probabilities of a picture of any size the network accepts. `subtract_mean` false feeds raw 0..255
/// values.
std::vector<float> classify(const Model& model, const Image& image, bool subtract_mean = true,
                            const ComputeOptions& compute = {});

/// Activations of `layer` (a canonical or Caffe name, `pre_relu` for the values before its ReLU).
Activations activations(const Model& model, const Image& image, const std::string& layer,
                        bool pre_relu = false, const ComputeOptions& compute = {});

/// The same of several layers after their ReLUs, from one pass, in the order of `layers`.
std::vector<Activations> activations(const Model& model, const Image& image,
                                     const std::vector<std::string>& layers,
                                     const ComputeOptions& compute = {});

/// Value and input gradient of `objective` at `image`, with plain ReLU gradients.
InputGradient input_gradient(const Model& model, const Image& image, const Objective& objective,
                             const ComputeOptions& compute = {});

}  // namespace limpid
