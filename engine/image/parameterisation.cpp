#include "engine/image/parameterisation.h"

#include "kernels/device_array.h"
#include "kernels/ops/spectrum_scale.h"

namespace limpid {
namespace {

/// Latent = inverse real FFT of (spectrum * scale); scale falls with frequency (numbers in spectrum_scale.h).
class SpectralImages final : public ImageParameterisation {
 public:
  SpectralImages(Backend& backend, const Stream& stream, int batch, int height, int width, float decay_power)
      : backend_(backend),
        planes_(batch * 3),
        count_(parameters_per_plane(Parameterisation::spectral, height, width)),
        fft_(backend.make_fft_plan({planes_, height, width})),
        scale_(backend, static_cast<std::size_t>(count_)),
        spectrum_(backend, static_cast<std::size_t>(planes_ * count_)),
        latent_memory_(backend, static_cast<std::size_t>(planes_) * static_cast<std::size_t>(height * width)),
        latent_{latent_memory_.data(), batch, 3, height, width} {
    scale_.upload(stream, 0, std::span<const float>(spectrum_scale_table(height, width, decay_power)));
  }

  std::int64_t count() const override { return count_; }

  Planar<const float> decode(const Stream& stream, const float* parameters) override {
    backend_.run(stream, SpectrumScale{parameters, gradient_scale(), spectrum_.data(), planes_, count_});
    fft_->inverse(stream, spectrum_.data(), latent_.data);
    return latent_;
  }
  Planar<const float> latent(const float*) const override { return latent_; }

  const float* decode_adjoint(const Stream& stream, Planar<float> dlatent) override {
    fft_->inverse_adjoint(stream, dlatent.data, spectrum_.data());
    return spectrum_.data();
  }
  const float* parameter_gradient(Planar<float>) const override { return spectrum_.data(); }

  const float* gradient_scale() const override { return scale_.data(); }

 private:
  Backend& backend_;
  int planes_;
  std::int64_t count_;
  std::unique_ptr<FftPlan> fft_;
  DeviceArray<float> scale_;
  DeviceArray<float> spectrum_;
  DeviceArray<float> latent_memory_;
  Planar<float> latent_;
};

/// The parameters are the latent picture.
class PixelImages final : public ImageParameterisation {
 public:
  PixelImages(int batch, int height, int width) : shape_{nullptr, batch, 3, height, width} {}

  std::int64_t count() const override {
    return parameters_per_plane(Parameterisation::pixel, shape_.h, shape_.w);
  }
  Planar<const float> decode(const Stream&, const float* parameters) override { return latent(parameters); }
  Planar<const float> latent(const float* parameters) const override {
    Planar<const float> latent = shape_;
    latent.data = parameters;
    return latent;
  }
  const float* decode_adjoint(const Stream&, Planar<float> dlatent) override { return dlatent.data; }
  const float* parameter_gradient(Planar<float> dlatent) const override { return dlatent.data; }
  const float* gradient_scale() const override { return nullptr; }

 private:
  Planar<const float> shape_;
};

}  // namespace

std::int64_t parameters_per_plane(Parameterisation kind, int height, int width) {
  if (kind == Parameterisation::pixel) return std::int64_t{height} * width;
  return std::int64_t{2} * height * (width / 2 + 1);
}

std::unique_ptr<ImageParameterisation> make_parameterisation(Backend& backend, const Stream& stream,
                                                             Parameterisation kind, int batch, int height,
                                                             int width, float decay_power) {
  if (kind == Parameterisation::pixel) return std::make_unique<PixelImages>(batch, height, width);
  return std::make_unique<SpectralImages>(backend, stream, batch, height, width, decay_power);
}

}  // namespace limpid
