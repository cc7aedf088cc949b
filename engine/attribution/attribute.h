// Which parts of a photo, or of a layer's map of it, an objective's value comes from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/attribution/attribution_method.h"
#include "engine/attribution/path_integral.h"
#include "engine/attribution/ray_ends.h"
#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/objective/objective.h"
#include "weights/model.h"

namespace limpid {

/// What is asked of `attribute`.
struct AttributionRequest {
  Objective objective;  ///< F: terms on layers, without photos.
  std::string layer;    ///< To whose activations, after its ReLU; empty for the photo's pixels.
  /// Of `attribution_methods`.
  GradientPoints points = GradientPoints::path;
  bool pooled = false;
  AttributionBaseline baseline;
  PathOptions path;         ///< Its `correct` counts for every method.
  int samples = 50;         ///< Of noise.
  double deviation = 0.15;  ///< Of noise, as a share of the largest less the smallest activation.
  std::uint64_t seed = 0;   ///< Of noise.
  ComputeOptions compute;
};

/// F(photo) - F(baseline), split up over the values of a map, and what is known of the split.
struct Attribution {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values;  ///< channels x height x width.
  /// The gradient that `values` are made of, likewise; empty for a path, which has none where photo and baseline agree.
  std::vector<float> gradient;
  double value = 0, baseline_value = 0;
  double residual = 0;  ///< value - baseline_value - sum of the values before any correction.
  double bound =
      0;  ///< On |residual| / |value - baseline_value|: PathIntegral::bound, or for other methods that itself.
  double correction = 0;  ///< Relative, of all that was handed out: PathIntegral::correction.
  int gradients = 0;      ///< Passes forward and back through the network above the layer.

  /// Sums over the channels, height x width; and over the positions, one a channel. In double precision.
  std::vector<double> by_position() const;
  std::vector<double> by_channel() const;
  double sum() const;
};

/// `photo`: RGB in [0, 1], of a size the network accepts. Throws Error{usage} for a request that makes no sense: an
/// objective that is not computed from the layer, a tolerance or count out of range, a baseline of another size, ends
/// at which F is the same.
Attribution attribute(std::shared_ptr<const Model> model, const Image& photo,
                      const AttributionRequest& request);

}  // namespace limpid
