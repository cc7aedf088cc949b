#include "engine/image/cppn_images.h"

#include <algorithm>
#include <cmath>

#include "kernels/device_array.h"
#include "kernels/ops/cppn.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/spectrum_scale.h"

namespace limpid {
namespace {

constexpr float kBiasDeviation = 0.1F;

/// Of every parameter at the start.
std::vector<float> start_deviations(int planes) {
  std::vector<float> deviations(static_cast<std::size_t>(cppn_parameters(planes)), kBiasDeviation);
  for (int layer = 0; layer <= kCppnLayers; ++layer) {
    const CppnLayer l = cppn_layer(layer, planes);
    const float deviation = layer == kCppnLayers ? 0 : 1 / std::sqrt(static_cast<float>(l.inputs));
    std::fill(deviations.begin() + l.first, deviations.begin() + l.biases(), deviation);
  }
  return deviations;
}

class CppnImages final : public ImageParameterisation {
 public:
  CppnImages(Backend& backend, const Stream& stream, const ImageForm& form, int batch, int height, int width)
      : backend_(backend),
        layout_(cppn_layout(form)),
        latent_{nullptr, batch, form.latent_planes(), height, width},
        latent_memory_(backend, static_cast<std::size_t>(latent_.elements())),
        deviations_(backend, static_cast<std::size_t>(layout_.count)),
        partials_(backend, static_cast<std::size_t>(batch * layout_.total() *
                                                    cppn_chunks(std::int64_t{height} * width))),
        gradient_(backend, static_cast<std::size_t>(batch * layout_.total())) {
    latent_.data = latent_memory_.data();
    deviations_.upload(stream, 0, std::span<const float>(start_deviations(latent_.c)));
  }

  ParameterLayout layout() const override { return layout_; }
  void initialise(const Stream& stream, float* parameters, const SlotKey* key, float) override {
    backend_.run(stream, InitialiseParameters{parameters, key, 1, layout_.total(), 1});
    backend_.run(stream, SpectrumScale{parameters, deviations_.data(), parameters, 1, layout_.count});
  }
  Planar<const float> decode(const Stream& stream, const float* parameters) override {
    backend_.run(stream, CppnFprop{parameters, latent_, {latent_.h, 0}});
    return latent_;
  }
  Planar<const float> latent(const float*) const override { return latent_; }
  const float* decode_adjoint(const Stream& stream, const float* parameters, Planar<float> dlatent) override {
    backend_.run(stream, CppnBprop{parameters, dlatent, partials_.data(), gradient_.data()});
    return gradient_.data();
  }
  const float* parameter_gradient(Planar<float>) const override { return gradient_.data(); }

 private:
  Backend& backend_;
  ParameterLayout layout_;
  Planar<float> latent_;
  DeviceArray<float> latent_memory_;
  DeviceArray<float> deviations_;
  DeviceArray<float> partials_;
  DeviceArray<float> gradient_;
};

}  // namespace

ParameterLayout cppn_layout(const ImageForm& form) {
  return {1, cppn_parameters(form.latent_planes())};
}

std::unique_ptr<ImageParameterisation> make_cppn_images(Backend& backend, const Stream& stream,
                                                        const ImageForm& form, int batch, int height,
                                                        int width) {
  return std::make_unique<CppnImages>(backend, stream, form, batch, height, width);
}

void decode_cppn_rows(Backend& backend, const Stream& stream, const float* parameters, Planar<float> rows,
                      int height, int first_row) {
  backend.run(stream, CppnFprop{parameters, rows, {height, first_row}});
}

}  // namespace limpid
