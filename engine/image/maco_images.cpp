#include "engine/image/maco_images.h"

#include <algorithm>
#include <cmath>

#include "kernels/device_array.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/phase_spectrum.h"
#include "kernels/ops/standardise.h"

namespace limpid {
namespace {

constexpr float kEpsilon = 1e-5F;
constexpr double kOwnSlope = 1.4;

/// One plane of a prior, by frequency in cycles per pixel: fy in [-1/2, 1/2], fx in [0, 1/2].
class PriorPlane {
 public:
  PriorPlane(const MagnitudePrior& prior, int channel)
      : height_(prior.height),
        columns_(prior.width / 2 + 1),
        width_(prior.width),
        values_(prior.magnitude.data() + std::ptrdiff_t{channel} * height_ * columns_) {}

  double at(double fy, double fx) const {
    const double y = fy * height_, x = std::min(fx * width_, 1.0 * (columns_ - 1));
    const double y0 = std::floor(y), x0 = std::floor(x);
    const int row = static_cast<int>(y0), column = static_cast<int>(x0);
    const double low = (1 - (x - x0)) * value(row, column) + (x - x0) * value(row, column + 1);
    const double high = (1 - (x - x0)) * value(row + 1, column) + (x - x0) * value(row + 1, column + 1);
    return (1 - (y - y0)) * low + (y - y0) * high;
  }

 private:
  double value(int row, int column) const {
    const int wrapped = (row % height_ + height_) % height_;
    return static_cast<double>(values_[wrapped * columns_ + std::min(column, columns_ - 1)]);
  }

  int height_, columns_, width_;
  const float* values_;
};

class MacoImages final : public ImageParameterisation {
 public:
  MacoImages(Backend& backend, const Stream& stream, const ImageForm& form, int batch, int height, int width)
      : backend_(backend),
        batch_(batch),
        layout_(maco_layout(form, height, width)),
        latent_{nullptr, batch, layout_.planes, height, width},
        fft_(backend.make_fft_plan({batch * layout_.planes, height, width})),
        latent_memory_(backend, static_cast<std::size_t>(latent_.elements())),
        magnitude_(backend, static_cast<std::size_t>(layout_.total())),
        phase_(backend, phases()),
        gradient_(backend, phases()),
        spectrum_(backend, 2 * phases()),
        phase_moments_(backend, static_cast<std::size_t>(batch)),
        latent_moments_(backend, static_cast<std::size_t>(batch)),
        partials_(backend, static_cast<std::size_t>(batch * std::max(standardise_blocks(layout_.total()),
                                                                     standardise_blocks(values())))) {
    latent_.data = latent_memory_.data();
    magnitude_.upload(stream, 0, std::span<const float>(maco_magnitude(form, height, width)));
  }

  ParameterLayout layout() const override { return layout_; }
  void initialise(const Stream& stream, float* parameters, const SlotKey* key, float deviation) override {
    backend_.run(stream, InitialiseParameters{parameters, key, 1, layout_.total(), deviation});
  }

  Planar<const float> decode(const Stream& stream, const float* parameters) override {
    backend_.run(stream, Standardise{parameters, phase_.data(), phase_moments_.data(), partials_.data(),
                                     batch_, layout_.total(), kEpsilon});
    backend_.run(stream, PhaseSpectrum{phase_.data(), magnitude_.data(), spectrum_.data(), batch_,
                                       layout_.planes, layout_.count});
    fft_->inverse(stream, spectrum_.data(), latent_.data);
    backend_.run(stream, Standardise{latent_.data, latent_.data, latent_moments_.data(), partials_.data(),
                                     batch_, values(), kEpsilon});
    return latent_;
  }
  Planar<const float> latent(const float*) const override { return latent_; }

  const float* decode_adjoint(const Stream& stream, const float*, Planar<float> dlatent) override {
    backend_.run(stream, StandardiseAdjoint{latent_.data, dlatent.data, dlatent.data, latent_moments_.data(),
                                            partials_.data(), batch_, values(), kEpsilon});
    fft_->inverse_adjoint(stream, dlatent.data, spectrum_.data());
    backend_.run(stream, PhaseSpectrumAdjoint{phase_.data(), magnitude_.data(), spectrum_.data(),
                                              gradient_.data(), batch_, layout_.planes, layout_.count});
    backend_.run(stream,
                 StandardiseAdjoint{phase_.data(), gradient_.data(), gradient_.data(), phase_moments_.data(),
                                    partials_.data(), batch_, layout_.total(), kEpsilon});
    return gradient_.data();
  }
  const float* parameter_gradient(Planar<float>) const override { return gradient_.data(); }

 private:
  std::size_t phases() const { return static_cast<std::size_t>(batch_ * layout_.total()); }
  /// Of one picture.
  std::int64_t values() const { return latent_.elements() / batch_; }

  Backend& backend_;
  int batch_;
  ParameterLayout layout_;
  Planar<float> latent_;
  std::unique_ptr<FftPlan> fft_;
  DeviceArray<float> latent_memory_;
  DeviceArray<float> magnitude_;
  DeviceArray<float> phase_;  ///< Standardised.
  DeviceArray<float> gradient_;
  DeviceArray<float> spectrum_;
  DeviceArray<ImageMoments> phase_moments_, latent_moments_;
  DeviceArray<PartialSums> partials_;
};

}  // namespace

ParameterLayout maco_layout(const ImageForm& form, int height, int width) {
  return {form.latent_planes(), std::int64_t{height} * (width / 2 + 1)};
}

std::vector<float> maco_magnitude(const ImageForm& form, int height, int width) {
  const ParameterLayout layout = maco_layout(form, height, width);
  const int columns = width / 2 + 1;
  std::vector<double> magnitude;
  magnitude.reserve(static_cast<std::size_t>(layout.total()));
  double power = 0;
  for (int channel = 0; channel < layout.planes; ++channel) {
    for (int ky = 0; ky < height; ++ky) {
      const double fy = static_cast<double>(2 * ky <= height ? ky : ky - height) / height;
      for (int kx = 0; kx < columns; ++kx) {
        const double fx = static_cast<double>(kx) / width;
        const double f = std::hypot(fy, fx);
        if (form.prior != nullptr) {
          magnitude.push_back(PriorPlane(*form.prior, channel).at(fy, fx));
        } else {
          magnitude.push_back(f == 0 ? 0 : std::pow(f, -kOwnSlope));
        }
        // Columns inside stand for their mirror images too.
        const double weight = kx == 0 || 2 * kx == width ? 1 : 2;
        if (f > 0) power += weight * magnitude.back() * magnitude.back();
      }
    }
  }
  // A picture of the unnormalised transform has, per plane, the variance that its coefficients' squares sum
  // to.
  const double scale = power > 0 ? std::sqrt(layout.planes / power) : 1;
  std::vector<float> scaled;
  scaled.reserve(magnitude.size());
  for (const double value : magnitude) scaled.push_back(static_cast<float>(scale * value));
  return scaled;
}

std::unique_ptr<ImageParameterisation> make_maco_images(Backend& backend, const Stream& stream,
                                                        const ImageForm& form, int batch, int height,
                                                        int width) {
  return std::make_unique<MacoImages>(backend, stream, form, batch, height, width);
}

}  // namespace limpid
