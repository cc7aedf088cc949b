// What is optimised, and how it becomes a latent picture.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/limpid.hpp"
#include "kernels/backend.h"

namespace limpid {

/// A batch of images, each three planes of `count()` parameters, and the linear or non-linear map from these
/// to latent planes (n, 3, h, w). Owns its scratch memory; neither call allocates.
class ImageParameterisation {
 public:
  virtual ~ImageParameterisation() = default;

  /// Parameters of one plane.
  virtual std::int64_t count() const = 0;

  /// The latent pictures of `parameters` (n x 3 x count). The result lasts until the next call.
  virtual Planar<const float> decode(const Stream& stream, const float* parameters) = 0;

  /// Where `decode` puts the latent pictures of these parameters: the same memory every time.
  virtual Planar<const float> latent(const float* parameters) const = 0;

  /// dL/dparameters (n x 3 x count), up to the factors of `gradient_scale`, from dL/dlatent, which may be
  /// overwritten. The result lasts until the next call.
  virtual const float* decode_adjoint(const Stream& stream, Planar<float> dlatent) = 0;

  /// Where `decode_adjoint` puts the gradient for this dL/dlatent: the same memory every time.
  virtual const float* parameter_gradient(Planar<float> dlatent) const = 0;

  /// One factor per parameter of a plane that the gradient is still to be multiplied with; null for none.
  virtual const float* gradient_scale() const = 0;
};

/// `count()` of that kind for images of height x width.
std::int64_t parameters_per_plane(Parameterisation kind, int height, int width);

/// `kind` for `batch` images of height x width. `decay_power` matters to the spectral form alone.
std::unique_ptr<ImageParameterisation> make_parameterisation(Backend& backend, const Stream& stream,
                                                             Parameterisation kind, int batch, int height,
                                                             int width, float decay_power);

}  // namespace limpid
