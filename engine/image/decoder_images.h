// Pictures that a decoder makes of a latent.
#pragma once

#include <memory>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

/// Throws Error{usage} where the form has no decoder.
ParameterLayout decoder_layout(const ImageForm& form, int height, int width);

/// The latent is optimised, standard normal at first, and the decoder stays as it is; its red, green and blue before the
/// sigmoid are the latent planes. A penalty takes `penalty` times the latent from its gradient: that of penalty / 2 |z|^2,
/// the logarithm of a Gaussian prior (Nguyen and others, "Synthesizing the preferred inputs for neurons in neural networks via
/// deep generator networks", 2016, whose latents are clipped instead).
std::unique_ptr<ImageParameterisation> make_decoder_images(const ImageForm& form, int batch, int height,
                                                           int width);

}  // namespace limpid
