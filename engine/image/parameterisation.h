// How what is optimised becomes a latent picture.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/step/step_binder.h"
#include "engine/step/step_plan.h"
#include "kernels/backend.h"
#include "kernels/core/slot_key.h"

namespace limpid {

/// How the parameters of one picture lie in memory.
struct ParameterLayout {
  int planes = 0;
  std::int64_t count = 0;  ///< Of one plane.
  std::int64_t total() const { return planes * count; }
};

/// How the pictures of a batch belong to jobs: of each its images and, after them, photos they are compared
/// with.
struct JobPictures {
  int images = 1;
  int photos = 0;
  int all() const { return images + photos; }
};

/// A batch of pictures, each `layout().total()` parameters, and the linear or non-linear map from these to
/// latent planes (n, latent planes, h, w): it adds its own operations to a step.
class ImageParameterisation {
 public:
  virtual ~ImageParameterisation() = default;

  virtual ParameterLayout layout() const = 0;

  /// Adds what turns a buffer of parameters (n x planes x count) into latent planes, and returns these.
  virtual StepPlanes decode(StepBuilder& step, int parameters) = 0;

  /// Adds the way back, after `decode` on the same builder: the buffer returned is dL/dparameters (n x
  /// planes x count), up to the factors of `gradient_scale`, from dL/dlatent, which may be overwritten, at
  /// the parameters that were decoded.
  virtual int decode_adjoint(StepBuilder& step, const StepPlanes& dlatent) = 0;

  /// A table of one factor per parameter of a plane that the gradient is still to be multiplied with, once
  /// `decode` has added it; none for kNoBuffer.
  virtual int gradient_scale() const { return kNoBuffer; }
  virtual std::vector<float> gradient_scale_values() const { return {}; }

  /// The random start of one picture's parameters: normal values whose deviation is `deviation`. `key`, in
  /// the device's memory, is its slot's; `memory` has the tables that `decode` added.
  virtual void initialise(Backend& backend, const Stream& stream, const StepBinder& memory, float* parameters,
                          const SlotKey* key, float deviation) const;

  /// Gives a picture that was started what it shares with the first of its job, in device memory both.
  virtual void share_start(Backend&, const Stream&, const float* /*first*/, float* /*parameters*/) const {}

  /// Parameters that `decode` turns into the latent planes given, in host memory, rounding apart. Throws
  /// Error{usage} where the map has no inverse.
  virtual std::vector<float> encode(std::span<const float> latent) const;
};

/// FLOP of one bilinear sample: its coordinates and three mixtures.
inline constexpr double kSampleFlops = 15;

}  // namespace limpid
