#include "engine/image/image_kinds.h"

#include <array>
#include <utility>
#include <variant>

#include "engine/image/cppn_images.h"
#include "engine/image/decoder_images.h"
#include "engine/image/maco_images.h"
#include "engine/image/pixel_images.h"
#include "engine/image/pyramid_images.h"
#include "engine/image/shared_images.h"
#include "engine/image/spectral_images.h"

namespace limpid {
namespace {

/// What makes the pictures of one kind.
struct Kind {
  ParameterLayout (*layout)(const ImageForm& form, int height, int width);
  std::unique_ptr<ImageParameterisation> (*make)(const ImageForm& form, int batch, int height, int width);
};

/// Of each, in the order of `Parameters`.
constexpr std::array kKinds = std::to_array<Kind>({
    {spectral_layout, make_spectral_images},
    {pixel_layout, make_pixel_images},
    {pyramid_layout, make_pyramid_images},
    {[](const ImageForm& form, int, int) { return cppn_layout(form); }, make_cppn_images},
    {maco_layout, make_maco_images},
    {decoder_layout, make_decoder_images},
});
static_assert(kKinds.size() == std::variant_size_v<Parameters>, "a kind of parameters has no row");

const Kind& own_kind(const ImageForm& form) {
  return kKinds.at(form.parameters.index());
}

}  // namespace

ParameterLayout parameter_layout(const ImageForm& form, int height, int width) {
  const ParameterLayout own = own_kind(form).layout(form, height, width);
  return shared_of(form.parameters).empty() ? own : shared_layout(own, form, height, width);
}

std::unique_ptr<ImageParameterisation> make_parameterisation(const ImageForm& form, int batch, int height,
                                                             int width, const JobPictures& job) {
  auto own = own_kind(form).make(form, batch, height, width);
  if (shared_of(form.parameters).empty()) return own;
  return make_shared_images(std::move(own), form, job, batch, height, width);
}

}  // namespace limpid
