// What can be asked of a render.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/image/fit_image.h"
#include "engine/image/image.h"
#include "engine/image/image_form.h"
#include "engine/image/prior.h"
#include "engine/image/transforms.h"
#include "engine/network/compute_options.h"
#include "engine/objective/objective.h"
#include "kernels/ops/optimiser.h"
#include "kernels/ops/pool_gradient.h"
#include "kernels/ops/relu_gradient.h"
#include "kernels/ops/squash.h"

namespace limpid {

/// What a picture starts from, and what of it stays.
struct StartOptions {
  /// Of the normal values that parameters begin with; none for 0.01 (MACO and decoders: 1). Not for a CPPN, whose layers
  /// have their own.
  std::optional<float> deviation;
  /// Of spectral and pixel: untouched, the picture is the photo to 1 / 255 (in gray the mean of its
  /// channels), and as opaque. None for noise.
  std::shared_ptr<const Photo> photo;
  /// What it covers stays as the picture was at its start, gradient and all; an alpha is free.
  std::shared_ptr<const Mask> mask;
  /// How `photo`, `mask` and the photos of objectives come to the picture's size, where theirs is another.
  Fit fit = Fit::crop;
};

/// From parameters to colours.
struct ColourOptions {
  bool decorrelate = true;
  std::shared_ptr<const ColourBasis> basis;  ///< Decorrelated: of the user's own; none for ImageNet's.
  Squash squash = Squash::sigmoid;
  bool grayscale = false;  ///< One plane of values, R = G = B = squash(value), without a colour matrix.
  /// The picture has an alpha, optimised as the colours are: the logistic function of one more plane. The
  /// network is shown it before random colours, new ones at each step. Not with MACO.
  bool alpha = false;
};

/// What the network is shown of a picture.
struct ViewOptions {
  int draws = 1;                                 ///< Independent random views that a step averages over.
  Transforms transforms = default_transforms();  ///< Of which they are drawn.
  /// Pixels of a view's shorter side as the network sees it: views are enlarged, or shrunk, to it, bilinearly
  /// with corners on corners. None: as large as the transforms leave them.
  std::optional<int> network_size;
  /// After half of the steps, random transforms go so many times as far (at_strength), 0 to 1: views that go far
  /// keep forms clear of where pools have their windows, and what is left to gain is gained near the picture itself.
  float settle = 1;
};

/// How parameters are updated.
struct UpdateOptions {
  Optimiser optimiser = Optimiser::adam;
  std::optional<float> learning_rate;  ///< Positive; none for 0.05, of a CPPN 0.005, of MACO 1.
  RateSchedule schedule = RateSchedule::constant;
  int warmup_steps = 0;  ///< Updates over which the learning rate rises to its full value.
  EpsilonForm epsilon_form = EpsilonForm::corrected;
  bool normalise_gradient = false;  ///< Ascent, momentum: divided by its root mean square.
};

/// By what rules gradients pass the network's layers.
struct GradientRules {
  /// At first, so that a silent start can move.
  ReluGradient relu = ReluGradient::redirected;
  int relu_updates = 17;  ///< Updates that this rule serves; then gradients are plain.
  PoolGradient pool = PoolGradient::max;
};

/// One job: an image, or some that are optimised together.
struct RenderOptions {
  Objective objective;
  std::vector<Objective> watch;  ///< Computed and recorded beside it, never maximised.
  int height = 224, width = 224;
  int images = 1;  ///< Pictures of the job, optimised together and shown side by side.
  std::uint64_t seed = 0;
  Parameters parameters;
  StartOptions start;
  ColourOptions colour;
  ViewOptions view;
  UpdateOptions update;
  GradientRules gradient;
  int steps = 512;
  /// Where positive: the job ends once a plateau is reached, after a multiple of so many updates. That is
  /// when the mean of the objective before each of the latest `patience` updates is not above the mean over
  /// every earlier such row of them.
  int patience = 0;
  int restarts = 1;  ///< So many starts of one seed, of which the one with the best final objective is kept.
  std::vector<int> thresholds;  ///< Steps after which a snapshot is kept; the last step always is.
  ComputeOptions compute;

  Parameterisation kind() const { return kind_of(parameters); }
};

/// Width of the picture a job makes: its images stand side by side.
inline int picture_width(const RenderOptions& options) {
  return options.width * options.images;
}

}  // namespace limpid
