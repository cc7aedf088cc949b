#include "engine/image/spectral_images.h"

#include "kernels/device_array.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/spectrum_scale.h"

namespace limpid {
namespace {

class SpectralImages final : public ImageParameterisation {
 public:
  SpectralImages(Backend& backend, const Stream& stream, const ImageForm& form, int batch, int height,
                 int width)
      : backend_(backend),
        scale_table_(spectrum_scale_table(height, width, form.decay_power, form.amplitude)),
        layout_(spectral_layout(form, height, width)),
        planes_(batch * layout_.planes),
        fft_(backend.make_fft_plan({planes_, height, width})),
        scale_(backend, static_cast<std::size_t>(layout_.count)),
        spectrum_(backend, static_cast<std::size_t>(planes_ * layout_.count)),
        latent_memory_(backend, static_cast<std::size_t>(planes_) * static_cast<std::size_t>(height * width)),
        latent_{latent_memory_.data(), batch, layout_.planes, height, width} {
    scale_.upload(stream, 0, scale_table_);
  }

  ParameterLayout layout() const override { return layout_; }

  void initialise(const Stream& stream, float* parameters, const SlotKey* key, float deviation) override {
    backend_.run(stream, InitialiseParameters{parameters, key, 1, layout_.total(), deviation});
  }

  std::vector<float> encode(std::span<const float> latent) const override {
    const FftShape shape{layout_.planes, latent_.h, latent_.w};
    std::vector<float> spectrum(static_cast<std::size_t>(layout_.total()));
    cpu::make_fft_plan(shape)->inverse_adjoint({}, latent.data(), spectrum.data());
    // The adjoint is the forward transform with the columns that stand for two counted twice.
    const std::size_t columns = static_cast<std::size_t>(shape.columns());
    const double pixels = 1.0 * shape.h * shape.w;
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
      const std::size_t column = i / 2 % columns;
      const double weight = column == 0 || 2 * column == static_cast<std::size_t>(shape.w) ? 1 : 2;
      const double factor = weight * pixels * static_cast<double>(scale_table_[i % scale_table_.size()]);
      spectrum[i] = static_cast<float>(static_cast<double>(spectrum[i]) / factor);
    }
    return spectrum;
  }

  Planar<const float> decode(const Stream& stream, const float* parameters) override {
    backend_.run(stream, SpectrumScale{parameters, scale_.data(), spectrum_.data(), planes_, layout_.count});
    fft_->inverse(stream, spectrum_.data(), latent_.data);
    return latent_;
  }
  Planar<const float> latent(const float*) const override { return latent_; }

  const float* decode_adjoint(const Stream& stream, const float*, Planar<float> dlatent) override {
    fft_->inverse_adjoint(stream, dlatent.data, spectrum_.data());
    return spectrum_.data();
  }
  const float* parameter_gradient(Planar<float>) const override { return spectrum_.data(); }

  const float* gradient_scale() const override { return scale_.data(); }

 private:
  Backend& backend_;
  std::vector<float> scale_table_;
  ParameterLayout layout_;
  int planes_;  ///< Of all pictures.
  std::unique_ptr<FftPlan> fft_;
  DeviceArray<float> scale_;
  DeviceArray<float> spectrum_;
  DeviceArray<float> latent_memory_;
  Planar<float> latent_;
};

}  // namespace

ParameterLayout spectral_layout(const ImageForm& form, int height, int width) {
  return {form.latent_planes(), std::int64_t{2} * height * (width / 2 + 1)};
}

std::unique_ptr<ImageParameterisation> make_spectral_images(Backend& backend, const Stream& stream,
                                                            const ImageForm& form, int batch, int height,
                                                            int width) {
  return std::make_unique<SpectralImages>(backend, stream, form, batch, height, width);
}

}  // namespace limpid
