// limpid's public C++ API.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/image/fit_image.h"
#include "engine/image/image.h"
#include "engine/image/transforms.h"
#include "engine/objective/objective.h"
#include "kernels/ops/pool_gradient.h"
#include "kernels/ops/relu_gradient.h"
#include "kernels/ops/squash.h"
#include "kernels/ops/update_rule.h"
#include "weights/model.h"

namespace limpid {

/// A picture from a file, and what records know it by.
struct Photo {
  std::string file;
  std::string sha256;  ///< Of the file's bytes, hexadecimal.
  Image image;
};

/// Which pixels of a picture are frozen, and how much.
struct Mask {
  std::string file;
  std::string sha256;  ///< Of the file's bytes, hexadecimal.
  int height = 0, width = 0;
  std::vector<float> values;  ///< height x width, in [0, 1]: 1 is frozen, 0 free.
};

/// Axes to optimise colours along: colour = matrix * latent (+ mean, where colours are clipped).
struct ColourBasis {
  std::array<std::array<float, 3>, 3> matrix{};  ///< Rows are R, G, B; invertible.
  std::array<float, 3> mean{};                   ///< In [0, 1].

  bool operator==(const ColourBasis&) const = default;
};

/// How strong each frequency of a set of pictures is: mean |real FFT| of their latent planes.
struct MagnitudePrior {
  std::string file;
  std::string sha256;            ///< Of the file's bytes, hexadecimal.
  int height = 0, width = 0;     ///< Of the pictures.
  std::vector<float> magnitude;  ///< 3 x height x (width / 2 + 1), not negative.
};

/// In what numbers the network is computed. Parameters, pictures and the optimiser's state are always fp32.
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
  pyramid,   ///< Pixels at the full size, a half, a quarter and an eighth of it, enlarged and summed.
  cppn,      ///< Weights of a small network that makes colours of coordinates, at any size.
  maco,      ///< Phases of Fourier coefficients, whose magnitudes are fixed.
};

/// One image to render.
struct RenderOptions {
  Objective objective;
  std::vector<Objective> watch;  ///< Computed and recorded beside it, never maximised.
  int height = 224, width = 224;
  int images = 1;  ///< Pictures of the job, optimised together and shown side by side.
  int draws = 1;   ///< Independent random views of each picture that a step averages over.
  int steps = 512;
  std::uint64_t seed = 0;
  Optimiser optimiser = Optimiser::adam;
  std::optional<float> learning_rate;  ///< Positive; none for 0.05, of a CPPN 0.005, of MACO 1.
  RateSchedule schedule = RateSchedule::constant;
  int warmup_steps = 0;  ///< Updates over which the learning rate rises to its full value.
  EpsilonForm epsilon_form = EpsilonForm::corrected;
  bool normalise_gradient = false;  ///< Ascent: the gradient is divided by its root mean square.
  Parameterisation parameterisation = Parameterisation::spectral;
  bool decorrelate_colour = true;
  std::shared_ptr<const ColourBasis> colours;  ///< Decorrelated: of the user's own; none for ImageNet's.
  Squash squash = Squash::sigmoid;
  bool grayscale = false;  ///< One plane of values, R = G = B = squash(value), without a colour matrix.
  /// The picture has an alpha, optimised as the colours are: the logistic function of one more plane. The
  /// network is shown it before random colours, new ones at each step. Not with MACO.
  bool alpha = false;
  float decay_power = 1;    ///< Spectral: amplitude falls as frequency^-decay_power.
  float amplitude = 0.25F;  ///< Spectral: factor of it: lucid's and lucent's; captum's is 1.
  std::shared_ptr<const MagnitudePrior> prior;  ///< MACO: the magnitudes; none for limpid's own.
  /// Of the normal values that a job starts from; none for 0.01 (MACO: 1). Not for a CPPN, whose layers have
  /// their own.
  std::optional<float> initial_deviation;
  /// Spectral, pixel and pyramid, with several images: coarse terms of height / N x width / N values, one set
  /// for each of these different N, which all images of the job share, enlarged and added to each. They align
  /// the images. At most eight, from 1 to the picture's longer side; without `normalise_gradient`.
  std::vector<int> shared;
  int output_height = 0, output_width = 0;  ///< CPPN: the final picture's size; 0 for that of the render.
  /// Start of spectral and pixel: untouched, it is the photo to 1 / 255 (in gray the mean of its channels),
  /// and as opaque.
  std::shared_ptr<const Photo> init;
  /// What it covers stays as the picture was at its start, gradient and all; an alpha is free.
  std::shared_ptr<const Mask> mask;
  /// How `init`, `mask` and the photos of objectives come to the picture's size, where theirs is another.
  Fit fit = Fit::crop;
  Transforms transforms = default_transforms();  ///< Of which random views are drawn.
  /// Pixels of a view's shorter side as the network sees it: views are enlarged, or shrunk, to it, bilinearly
  /// with corners on corners. None: as large as the transforms leave them.
  std::optional<int> network_size;
  /// How gradients pass ReLUs at first, so that a silent start can move.
  ReluGradient relu_gradient = ReluGradient::redirected;
  int redirected_relu = 17;  ///< Updates that this rule serves; then gradients are plain.
  PoolGradient pool_gradient = PoolGradient::max;
  /// Where positive: the job ends once a plateau is reached, after a multiple of so many updates. That is
  /// when the mean of the objective before each of the latest `patience` updates is not above the mean over
  /// every earlier such row of them.
  int patience = 0;
  int restarts = 1;  ///< So many starts of one seed, of which the one with the best final objective is kept.
  std::vector<int> thresholds;  ///< Steps after which a snapshot is kept; the last step always is.
  ComputeOptions compute;
};

/// Width of the picture a job makes: its images stand side by side.
inline int picture_width(const RenderOptions& options) {
  return options.width * options.images;
}

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
  /// Value before each update, and after the last: steps + 1 values, fewer where the render ended early.
  std::vector<double> objective;
  std::vector<std::vector<double>> watched;  ///< The same of each objective of `watch`.
  int restart = 0;                           ///< The start that was kept, from 0.
};

/// Pictures on the way, for animations.
struct FrameRequest {
  int every = 0;  ///< Updates from one to the next; the final picture is always the last of them.
  /// Called in step order from the thread that renders, which waits.
  std::function<void(int step, const Image&)> take;
};

/// Renders one image. `progress` is called after every step; returning false stops the render there, with a
/// snapshot. With restarts, which run side by side, a step is the mean over them and the objective is the
/// best of theirs. Throws Error{usage} for options out of range and for frames of a render with restarts,
/// whose best is known only at the end; Error{runtime} when a value stops being finite (naming operation and
/// step) and when there is no gradient to begin with.
RenderResult render(const Model& model, const RenderOptions& options,
                    const std::function<bool(const RenderProgress&)>& progress = {},
                    const FrameRequest& frames = {});

/// Version of the library: "0.1.0+githash".
std::string version();

}  // namespace limpid
