// Sums of coarser pictures, enlarged.
#pragma once

#include <memory>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

ParameterLayout pyramid_layout(const ImageForm& form, int height, int width);

/// Lucid's Laplacian pyramid (numbers in pyramid_sum.h); every level normal with deviation 0.01 at first.
std::unique_ptr<ImageParameterisation> make_pyramid_images(const ImageForm& form, int batch, int height,
                                                           int width);

}  // namespace limpid
