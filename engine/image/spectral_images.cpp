#include "engine/image/spectral_images.h"

#include <fmt/format.h>

#include "kernels/ops/spectrum_scale.h"

namespace limpid {
namespace {

class SpectralImages final : public ImageParameterisation {
 public:
  SpectralImages(const ImageForm& form, int batch, int height, int width)
      : spectral_(std::get<Spectral>(form.parameters)),
        layout_(spectral_layout(form, height, width)),
        batch_(batch),
        height_(height),
        width_(width) {}

  ParameterLayout layout() const override { return layout_; }

  std::vector<float> encode(std::span<const float> latent) const override {
    const FftShape shape{layout_.planes, height_, width_};
    const std::vector<float> scale = gradient_scale_values();
    std::vector<float> spectrum(static_cast<std::size_t>(layout_.total()));
    cpu::make_fft_plan(shape)->inverse_adjoint({}, latent.data(), spectrum.data());
    // The adjoint is the forward transform with the columns that stand for two counted twice.
    const std::size_t columns = static_cast<std::size_t>(shape.columns());
    const double pixels = 1.0 * shape.h * shape.w;
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
      const std::size_t column = i / 2 % columns;
      const double weight = column == 0 || 2 * column == static_cast<std::size_t>(shape.w) ? 1 : 2;
      const double factor = weight * pixels * static_cast<double>(scale[i % scale.size()]);
      spectrum[i] = static_cast<float>(static_cast<double>(spectrum[i]) / factor);
    }
    return spectrum;
  }

  StepPlanes decode(StepBuilder& step, int parameters) override {
    scale_ = step.table("spectrum scale", static_cast<std::size_t>(layout_.count),
                        [images = *this] { return images.gradient_scale_values(); });
    transform_ = step.transform({batch_ * layout_.planes, height_, width_});
    const int spectrum = add_spectrum(step, "spectrum");
    const StepPlanes latent = step.scratch_planes("latent", batch_, layout_.planes, height_, width_);
    step.add(
        "spectrum scale", {reads(parameters), reads(scale_), writes(spectrum)},
        [=, scale = scale_, planes = batch_ * layout_.planes, count = layout_.count](const StepOperands& m) {
          return SpectrumScale{m.read<float>(parameters), m.read<float>(scale), m.write<float>(spectrum),
                               planes, count};
        });
    step.inverse_transform("transform to latent", transform_, spectrum, latent);
    return latent;
  }

  int decode_adjoint(StepBuilder& step, const StepPlanes& dlatent) override {
    const int gradient = add_spectrum(step, "d parameters");
    step.inverse_transform_adjoint("transform to latent adjoint", transform_, dlatent, gradient);
    return gradient;
  }

  int gradient_scale() const override { return scale_; }
  std::vector<float> gradient_scale_values() const override {
    return spectrum_scale_table(height_, width_, spectral_.decay_power, spectral_.amplitude);
  }

 private:
  int add_spectrum(StepBuilder& step, const char* name) const {
    return step.scratch(name, static_cast<std::size_t>(batch_ * layout_.total()) * sizeof(float),
                        fmt::format("{}  {}x{} complex", layout_.planes, height_, width_ / 2 + 1));
  }

  Spectral spectral_;
  ParameterLayout layout_;
  int batch_, height_, width_;
  int scale_ = kNoBuffer, transform_ = kNoBuffer;
};

}  // namespace

ParameterLayout spectral_layout(const ImageForm& form, int height, int width) {
  return {form.latent_planes(), std::int64_t{2} * height * (width / 2 + 1)};
}

std::unique_ptr<ImageParameterisation> make_spectral_images(const ImageForm& form, int batch, int height,
                                                            int width) {
  return std::make_unique<SpectralImages>(form, batch, height, width);
}

}  // namespace limpid
