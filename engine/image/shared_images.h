// Pictures with coarse terms that all pictures of a job have in common.
#pragma once

#include <memory>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

/// Each picture's own parameters, and after them its copy of the shared levels of every latent plane.
ParameterLayout shared_layout(const ParameterLayout& own, const ImageForm& form, int height, int width);

/// `own` plus the levels of `form.parameters` (see SharedLevels), which lucid's notebook on aligned interpolation
/// calls shared low-resolution parameters. They are kept once per picture, start alike and get the same
/// gradient, so every update leaves them the same; a gradient normalised picture by picture would not. Starts
/// are normal values for both, with those of `own` what they would be alone; a photo is started from by
/// `own`, with levels of zero.
std::unique_ptr<ImageParameterisation> make_shared_images(std::unique_ptr<ImageParameterisation> own,
                                                          const ImageForm& form, const JobPictures& job,
                                                          int batch, int height, int width);

}  // namespace limpid
