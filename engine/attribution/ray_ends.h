// What attributions lead from and to: a layer's map of a baseline, and of the photo.
#pragma once

#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/network/tensor_view.h"
#include "weights/model.h"

namespace limpid {

/// What a photo is compared with.
struct AttributionBaseline {
  enum class Kind {
    zero,   ///< Activations of zero; of pixels, black.
    mean,   ///< A picture of the mean colour that the network subtracts.
    photo,  ///< Another photo.
  };
  Kind kind = Kind::zero;
  Image photo;  ///< As large as the photo that is explained.
};

/// Maps of channels x height x width: the activations of a layer after its ReLU, or a picture, RGB in [0, 1].
struct RayEnds {
  Extents extents{};  ///< Of a batch of one.
  std::vector<float> from, to;
};

/// `layer` empty: the pixels.
RayEnds ray_ends(const Model& model, const Image& photo, const std::string& layer,
                 const AttributionBaseline& baseline, const ComputeOptions& compute);

}  // namespace limpid
