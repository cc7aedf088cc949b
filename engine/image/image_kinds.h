// Every kind of what is optimised, by what shapes it.
#pragma once

#include <memory>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

ParameterLayout parameter_layout(const ImageForm& form, int height, int width);

/// `batch` pictures of height x width: whole jobs, where pictures share anything.
std::unique_ptr<ImageParameterisation> make_parameterisation(const ImageForm& form, int batch, int height,
                                                             int width, const JobPictures& job = {});

}  // namespace limpid
