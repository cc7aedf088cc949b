#include "engine/image/pyramid_images.h"

#include "kernels/device_array.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/pyramid_sum.h"

namespace limpid {
namespace {

class PyramidImages final : public ImageParameterisation {
 public:
  PyramidImages(Backend& backend, const ImageForm& form, int batch, int height, int width)
      : backend_(backend),
        layout_(pyramid_layout(form, height, width)),
        shape_(pyramid_shape(height, width)),
        latent_{nullptr, batch, layout_.planes, height, width},
        latent_memory_(backend, static_cast<std::size_t>(latent_.elements())),
        gradient_(backend, static_cast<std::size_t>(batch * layout_.total())) {
    latent_.data = latent_memory_.data();
  }

  ParameterLayout layout() const override { return layout_; }
  void initialise(const Stream& stream, float* parameters, const SlotKey* key, float deviation) override {
    backend_.run(stream, InitialiseParameters{parameters, key, 1, layout_.total(), deviation});
  }
  Planar<const float> decode(const Stream& stream, const float* parameters) override {
    backend_.run(stream, PyramidSum{parameters, shape_, latent_});
    return latent_;
  }
  Planar<const float> latent(const float*) const override { return latent_; }
  const float* decode_adjoint(const Stream& stream, const float*, Planar<float> dlatent) override {
    backend_.run(stream, PyramidSumAdjoint{dlatent, shape_, gradient_.data()});
    return gradient_.data();
  }
  const float* parameter_gradient(Planar<float>) const override { return gradient_.data(); }

 private:
  Backend& backend_;
  ParameterLayout layout_;
  PyramidShape shape_;
  Planar<float> latent_;
  DeviceArray<float> latent_memory_;
  DeviceArray<float> gradient_;
};

}  // namespace

ParameterLayout pyramid_layout(const ImageForm& form, int height, int width) {
  return {form.latent_planes(), pyramid_shape(height, width).count};
}

std::unique_ptr<ImageParameterisation> make_pyramid_images(Backend& backend, const ImageForm& form, int batch,
                                                           int height, int width) {
  return std::make_unique<PyramidImages>(backend, form, batch, height, width);
}

}  // namespace limpid
