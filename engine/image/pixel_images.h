// Pixels before the colour transform and the squash.
#pragma once

#include <memory>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

ParameterLayout pixel_layout(const ImageForm& form, int height, int width);

/// The parameters are the latent picture; normal with deviation 0.01 at first (lucid, lucent; captum starts
/// from 0.5 with deviation 0.1).
std::unique_ptr<ImageParameterisation> make_pixel_images(const ImageForm& form, int batch, int height,
                                                         int width);

}  // namespace limpid
