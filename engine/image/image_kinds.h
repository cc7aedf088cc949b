// From the form of a picture's parameters to their layout in memory and the operations that make the picture.
#pragma once

#include <memory>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

ParameterLayout parameter_layout(const ImageForm& form, int height, int width);

/// Of `batch` pictures of height x width; where the pictures of a job share anything, of all pictures of some jobs.
std::unique_ptr<ImageParameterisation> make_parameterisation(const ImageForm& form, int batch, int height,
                                                             int width, const JobPictures& job = {});

}  // namespace limpid
