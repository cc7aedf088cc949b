#include "engine/image/pixel_images.h"

namespace limpid {
namespace {

/// No operations: parameters and latents are one memory, and so are their gradients.
class PixelImages final : public ImageParameterisation {
 public:
  PixelImages(const ImageForm& form, int batch, int height, int width)
      : layout_(pixel_layout(form, height, width)), batch_(batch), height_(height), width_(width) {}

  ParameterLayout layout() const override { return layout_; }
  std::vector<float> encode(std::span<const float> latent) const override {
    return {latent.begin(), latent.end()};
  }
  StepPlanes decode(StepBuilder&, int parameters) override {
    return {parameters, batch_, layout_.planes, height_, width_};
  }
  int decode_adjoint(StepBuilder&, const StepPlanes& dlatent) override { return dlatent.buffer; }

 private:
  ParameterLayout layout_;
  int batch_, height_, width_;
};

}  // namespace

ParameterLayout pixel_layout(const ImageForm& form, int height, int width) {
  return {form.latent_planes(), std::int64_t{height} * width};
}

std::unique_ptr<ImageParameterisation> make_pixel_images(const ImageForm& form, int batch, int height,
                                                         int width) {
  return std::make_unique<PixelImages>(form, batch, height, width);
}

}  // namespace limpid
