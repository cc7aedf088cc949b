#include "engine/image/image_kinds.h"

#include <utility>

#include "engine/image/cppn_images.h"
#include "engine/image/maco_images.h"
#include "engine/image/pixel_images.h"
#include "engine/image/pyramid_images.h"
#include "engine/image/shared_images.h"
#include "engine/image/spectral_images.h"

namespace limpid {
namespace {

ParameterLayout own_layout(const ImageForm& form, int height, int width) {
  switch (kind_of(form.parameters)) {
    case Parameterisation::spectral:
      return spectral_layout(form, height, width);
    case Parameterisation::pyramid:
      return pyramid_layout(form, height, width);
    case Parameterisation::cppn:
      return cppn_layout(form);
    case Parameterisation::maco:
      return maco_layout(form, height, width);
    case Parameterisation::pixel:
      break;
  }
  return pixel_layout(form, height, width);
}

std::unique_ptr<ImageParameterisation> make_own(const ImageForm& form, int batch, int height, int width) {
  switch (kind_of(form.parameters)) {
    case Parameterisation::spectral:
      return make_spectral_images(form, batch, height, width);
    case Parameterisation::pyramid:
      return make_pyramid_images(form, batch, height, width);
    case Parameterisation::cppn:
      return make_cppn_images(form, batch, height, width);
    case Parameterisation::maco:
      return make_maco_images(form, batch, height, width);
    case Parameterisation::pixel:
      break;
  }
  return make_pixel_images(form, batch, height, width);
}

}  // namespace

ParameterLayout parameter_layout(const ImageForm& form, int height, int width) {
  const ParameterLayout own = own_layout(form, height, width);
  return shared_of(form.parameters).empty() ? own : shared_layout(own, form, height, width);
}

std::unique_ptr<ImageParameterisation> make_parameterisation(const ImageForm& form, int batch, int height,
                                                             int width, const JobPictures& job) {
  auto own = make_own(form, batch, height, width);
  if (shared_of(form.parameters).empty()) return own;
  return make_shared_images(std::move(own), form, job, batch, height, width);
}

}  // namespace limpid
