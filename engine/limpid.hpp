// limpid's public C++ API.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/objective/objective.h"
#include "weights/model.h"

namespace limpid {

/// A picture: height x width x 3, RGB, values in [0, 1].
struct Image {
  int height = 0;
  int width = 0;
  std::vector<float> rgb;
};

/// In what numbers the network is computed. Parameters, pictures and Adam's state are always fp32.
enum class Precision {
  automatic,  ///< fp32 on the CPU, fp16 on a GPU.
  fp32,
  tf32,  ///< fp32 with products of convolutions in TF32 (ten bits of mantissa).
  fp16,
  bf16,
};

/// "auto", "fp32", "tf32", "fp16" or "bf16".
std::string to_string(Precision precision);

/// Where and how the network is computed.
struct ComputeOptions {
  std::string device =
      "auto";  ///< "cpu", "cuda", "cuda:N"; "auto" takes the first GPU that answers, else the CPU.
  Precision precision = Precision::automatic;
  int threads = 0;  ///< Host threads of the CPU; 0 for all cores.
};

/// Forward results of one layer, logical channels: channels x height x width.
struct Activations {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values;
};

/// Value of an objective and its gradient with respect to the network's input.
struct InputGradient {
  double value = 0;
  int height = 0, width = 0;
  std::vector<float>
      gradient;  ///< height x width x 3, RGB order, per unit of the network's own input (0..255 scale).
};

/// One row of the network's description.
struct LayerReport {
  std::string name;   ///< Canonical name.
  std::string alias;  ///< Caffe's name; empty when it has none.
  int channels = 0, height = 0, width = 0;
  double macs = 0;          ///< Multiply-accumulates of the layer itself (a module: all its convolutions).
  int receptive_field = 0;  ///< Input pixels, along one dimension, that one position can see.
};

/// Every layer that can be named as a target, in forward order, for an input of height x width.
/// Throws Error{usage} when the input is too small.
std::vector<LayerReport> describe_layers(const Model& model, int height, int width);

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

/// What is optimised.
enum class Parameterisation {
  spectral,  ///< Fourier coefficients, scaled by 1 / frequency.
  pixel,     ///< Pixels before the colour transform and the squash.
};

/// Random views of the picture, one independent draw per image and step, composed into one bilinear
/// resampling: pad, jitter, scale, rotate, jitter (numerics of lucid's standard transforms). Whatever lies
/// outside the picture is `fill`.
struct Augmentation {
  bool enabled = true;
  float fill = 0.5F;
  int jitter_before = 8;   ///< Pixels; offset uniform over the integers -j/2 .. j/2 in each dimension.
  float scale_min = 0.9F;  ///< Scale uniform over eleven values from scale_min to scale_max.
  float scale_max = 1.1F;
  int rotate_degrees = 10;  ///< Uniform over the integers -r..r, zero five times more likely on top.
  int jitter_after = 4;
};

/// One image to render.
struct RenderOptions {
  Objective objective;
  int height = 224, width = 224;
  int steps = 512;
  std::uint64_t seed = 0;
  float learning_rate = 0.05F;
  Parameterisation parameterisation = Parameterisation::spectral;
  bool decorrelate_colour = true;
  float decay_power = 1;  ///< Spectral: amplitude falls as frequency^-decay_power.
  Augmentation augmentation;
  bool redirected_relu = true;  ///< Lucid's rule for the first 17 updates, so that a silent start can move.
  std::vector<int> thresholds;  ///< Steps after which a snapshot is kept; the last step always is.
  ComputeOptions compute;
};

/// State after a step.
struct RenderProgress {
  int step = 0;  ///< Updates done, 1..steps.
  int steps = 0;
  double objective = 0;
  double image_steps_per_second = 0;
};

struct Snapshot {
  int step = 0;
  Image image;
};

struct RenderResult {
  std::vector<Snapshot> snapshots;  ///< In step order; the last is the final image.
  std::vector<double> objective;    ///< Value before each update, and after the last: steps + 1 values.
};

/// Renders one image. `progress` is called after every step; returning false stops the render there, with a
/// snapshot. Throws Error{usage} for sizes and steps out of range and Error{runtime} when a value stops being
/// finite (naming operation and step).
RenderResult render(const Model& model, const RenderOptions& options,
                    const std::function<bool(const RenderProgress&)>& progress = {});

/// Version of the library: "0.1.0+githash".
std::string version();

}  // namespace limpid
