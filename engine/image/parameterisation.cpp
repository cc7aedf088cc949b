#include "engine/image/parameterisation.h"

#include <algorithm>

#include "kernels/ops/spectrum_scale.h"

namespace limpid {
namespace {

/// Latent = inverse real FFT of (spectrum * scale); scale falls with frequency (numbers in spectrum_scale.h).
class SpectralImages final : public ImageParameterisation {
 public:
  SpectralImages(Backend& backend, int batch, int height, int width, float decay_power)
      : backend_(backend),
        planes_(batch * 3),
        count_(std::int64_t{2} * height * (width / 2 + 1)),
        fft_(backend.make_fft_plan({planes_, height, width})),
        scale_(backend.allocate(static_cast<std::size_t>(count_) * sizeof(float))),
        spectrum_(backend.allocate(static_cast<std::size_t>(planes_ * count_) * sizeof(float))),
        latent_memory_(backend.allocate(static_cast<std::size_t>(planes_) *
                                        static_cast<std::size_t>(height * width) * sizeof(float))),
        latent_{static_cast<float*>(latent_memory_->data()), batch, 3, height, width} {
    const std::vector<float> table = spectrum_scale_table(height, width, decay_power);
    std::copy(table.begin(), table.end(), static_cast<float*>(scale_->data()));
  }

  std::int64_t count() const override { return count_; }

  Planar<const float> decode(const Stream& stream, const float* parameters) override {
    backend_.run(stream, SpectrumScale{parameters, gradient_scale(), spectrum(), planes_, count_});
    fft_->inverse(stream, spectrum(), latent_.data);
    return latent_;
  }

  const float* decode_adjoint(const Stream& stream, Planar<float> dlatent) override {
    fft_->inverse_adjoint(stream, dlatent.data, spectrum());
    return spectrum();
  }

  const float* gradient_scale() const override { return static_cast<const float*>(scale_->data()); }

 private:
  float* spectrum() { return static_cast<float*>(spectrum_->data()); }

  Backend& backend_;
  int planes_;
  std::int64_t count_;
  std::unique_ptr<FftPlan> fft_;
  std::unique_ptr<DeviceMemory> scale_;
  std::unique_ptr<DeviceMemory> spectrum_;
  std::unique_ptr<DeviceMemory> latent_memory_;
  Planar<float> latent_;
};

/// The parameters are the latent picture.
class PixelImages final : public ImageParameterisation {
 public:
  PixelImages(int batch, int height, int width) : shape_{nullptr, batch, 3, height, width} {}

  std::int64_t count() const override { return std::int64_t{shape_.h} * shape_.w; }
  Planar<const float> decode(const Stream&, const float* parameters) override {
    Planar<const float> latent = shape_;
    latent.data = parameters;
    return latent;
  }
  const float* decode_adjoint(const Stream&, Planar<float> dlatent) override { return dlatent.data; }
  const float* gradient_scale() const override { return nullptr; }

 private:
  Planar<const float> shape_;
};

}  // namespace

std::unique_ptr<ImageParameterisation> make_parameterisation(Backend& backend, Parameterisation kind,
                                                             int batch, int height, int width,
                                                             float decay_power) {
  if (kind == Parameterisation::pixel) return std::make_unique<PixelImages>(batch, height, width);
  return std::make_unique<SpectralImages>(backend, batch, height, width, decay_power);
}

}  // namespace limpid
