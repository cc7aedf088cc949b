#include "engine/image/backgrounds.h"

#include "kernels/ops/colour_squash.h"
#include "kernels/ops/initialise_parameters.h"

namespace limpid {
namespace {

constexpr float kDeviation = 0.5F;

ImageForm noise_form(bool grayscale) {
  ImageForm form;
  form.grayscale = grayscale;
  return form;
}

}  // namespace

Backgrounds::Backgrounds(Backend& backend, const Stream& stream, const ImageForm& form,
                         const ColourRule& colours, int batch, int height, int width)
    : backend_(backend),
      colours_(colours),
      noise_(make_parameterisation(backend, stream, noise_form(form.grayscale), batch, height, width)),
      values_(backend, static_cast<std::size_t>(batch * noise_->layout().total())),
      rgb_{nullptr, batch, 3, height, width} {
  rgb_memory_ = {backend, static_cast<std::size_t>(rgb_.elements())};
  rgb_.data = rgb_memory_.data();
}

void Backgrounds::draw(const Stream& stream, const SlotKey* keys) {
  backend_.run(stream, InitialiseParameters{values_.data(), keys, rgb_.n, noise_->layout().total(),
                                            kDeviation, RandomPurpose::background});
  const Planar<const float> latent = noise_->decode(stream, values_.data());
  backend_.run(stream, ColourSquash{latent, rgb_, colours_.matrix});
}

}  // namespace limpid
