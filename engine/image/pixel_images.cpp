#include "engine/image/pixel_images.h"

#include "kernels/ops/initialise_parameters.h"

namespace limpid {
namespace {

class PixelImages final : public ImageParameterisation {
 public:
  PixelImages(Backend& backend, const ImageForm& form, int batch, int height, int width)
      : backend_(backend),
        layout_(pixel_layout(form, height, width)),
        shape_{nullptr, batch, layout_.planes, height, width} {}

  ParameterLayout layout() const override { return layout_; }
  void initialise(const Stream& stream, float* parameters, const SlotKey* key, float deviation) override {
    backend_.run(stream, InitialiseParameters{parameters, key, 1, layout_.total(), deviation});
  }
  std::vector<float> encode(std::span<const float> latent) const override {
    return {latent.begin(), latent.end()};
  }
  Planar<const float> decode(const Stream&, const float* parameters) override { return latent(parameters); }
  Planar<const float> latent(const float* parameters) const override {
    Planar<const float> latent = shape_;
    latent.data = parameters;
    return latent;
  }
  const float* decode_adjoint(const Stream&, const float*, Planar<float> dlatent) override {
    return dlatent.data;
  }
  const float* parameter_gradient(Planar<float> dlatent) const override { return dlatent.data; }

 private:
  Backend& backend_;
  ParameterLayout layout_;
  Planar<const float> shape_;
};

}  // namespace

ParameterLayout pixel_layout(const ImageForm& form, int height, int width) {
  return {form.latent_planes(), std::int64_t{height} * width};
}

std::unique_ptr<ImageParameterisation> make_pixel_images(Backend& backend, const ImageForm& form, int batch,
                                                         int height, int width) {
  return std::make_unique<PixelImages>(backend, form, batch, height, width);
}

}  // namespace limpid
