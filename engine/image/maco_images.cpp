#include "engine/image/maco_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
  MacoImages(const ImageForm& form, int batch, int height, int width)
      : form_(form),
        layout_(maco_layout(form, height, width)),
        batch_(batch),
        height_(height),
        width_(width) {}

  ParameterLayout layout() const override { return layout_; }

  StepPlanes decode(StepBuilder& step, int parameters) override {
    magnitude_ = step.table("magnitude", static_cast<std::size_t>(layout_.total()),
                            [form = form_, h = height_, w = width_] { return maco_magnitude(form, h, w); });
    transform_ = step.transform({batch_ * layout_.planes, height_, width_});
    phase_ = add_phases(step, "phase", 1);
    phase_moments_ = step.scratch("moments of phases", images() * sizeof(ImageMoments));
    latent_moments_ = step.scratch("moments of latents", images() * sizeof(ImageMoments));
    latent_ = step.scratch_planes("latent", batch_, layout_.planes, height_, width_);
    const int spectrum = add_phases(step, "spectrum", 2);

    standardise(step, "phases standardised", reads(parameters), writes(phase_), phase_moments_,
                layout_.total());
    step.add(
        "phase spectrum", {reads(phase_), reads(magnitude_), writes(spectrum)},
        [=, phase = phase_, magnitude = magnitude_, batch = batch_, layout = layout_](const StepOperands& m) {
          return PhaseSpectrum{
              m.read<float>(phase), m.read<float>(magnitude), m.write<float>(spectrum), batch, layout.planes,
              layout.count};
        });
    step.inverse_transform("transform to latent", transform_, spectrum, latent_);
    standardise(step, "latent standardised", updates(latent_), updates(latent_), latent_moments_, values());
    return latent_;
  }

  int decode_adjoint(StepBuilder& step, const StepPlanes& dlatent) override {
    const int spectrum = add_phases(step, "d spectrum", 2);
    const int gradient = add_phases(step, "d parameters", 1);
    standardise_adjoint(step, "latent standardised adjoint", reads(latent_), updates(dlatent),
                        latent_moments_, values());
    step.inverse_transform_adjoint("transform to latent adjoint", transform_, dlatent, spectrum);
    step.add(
        "phase spectrum adjoint", {reads(phase_), reads(magnitude_), reads(spectrum), writes(gradient)},
        [=, phase = phase_, magnitude = magnitude_, batch = batch_, layout = layout_](const StepOperands& m) {
          return PhaseSpectrumAdjoint{m.read<float>(phase),
                                      m.read<float>(magnitude),
                                      m.read<float>(spectrum),
                                      m.write<float>(gradient),
                                      batch,
                                      layout.planes,
                                      layout.count};
        });
    standardise_adjoint(step, "phases standardised adjoint", reads(phase_), updates(gradient), phase_moments_,
                        layout_.total());
    return gradient;
  }

 private:
  std::size_t images() const { return static_cast<std::size_t>(batch_); }
  /// Of one picture.
  std::int64_t values() const { return std::int64_t{layout_.planes} * height_ * width_; }

  int add_phases(StepBuilder& step, const char* name, std::size_t values_each) const {
    const auto phases = static_cast<std::size_t>(batch_ * layout_.total());
    return step.scratch(name, values_each * phases * sizeof(float),
                        fmt::format("{}  {}x{} {}", layout_.planes, height_, width_ / 2 + 1,
                                    values_each == 1 ? "phases" : "complex"));
  }

  int add_partials(StepBuilder& step, std::int64_t count) const {
    return step.scratch("partial sums",
                        images() * static_cast<std::size_t>(standardise_blocks(count)) * sizeof(PartialSums));
  }

  /// Of one buffer into another, or in place.
  void standardise(StepBuilder& step, const char* name, const StepUse& from, const StepUse& to, int moments,
                   std::int64_t count) const {
    const int partials = add_partials(step, count);
    std::vector<StepUse> uses = {from};
    if (to.buffer != from.buffer) uses.push_back(to);
    uses.insert(uses.end(), {writes(moments), works_in(partials)});
    step.add(name, uses, [=, x = from.buffer, y = to.buffer, batch = batch_](const StepOperands& m) {
      return Standardise{m.read<float>(x),
                         m.write<float>(y),
                         m.write<ImageMoments>(moments),
                         m.write<PartialSums>(partials),
                         batch,
                         count,
                         kEpsilon};
    });
  }

  /// dL/dx takes the place of dL/dy.
  void standardise_adjoint(StepBuilder& step, const char* name, const StepUse& y, const StepUse& gradient,
                           int moments, std::int64_t count) const {
    const int partials = add_partials(step, count);
    step.add(name, {y, gradient, reads(moments), works_in(partials)},
             [=, y = y.buffer, dy = gradient.buffer, batch = batch_](const StepOperands& m) {
               return StandardiseAdjoint{m.read<float>(y),
                                         m.read<float>(dy),
                                         m.write<float>(dy),
                                         m.read<ImageMoments>(moments),
                                         m.write<PartialSums>(partials),
                                         batch,
                                         count,
                                         kEpsilon};
             });
  }

  ImageForm form_;
  ParameterLayout layout_;
  int batch_, height_, width_;
  StepPlanes latent_;
  int magnitude_ = kNoBuffer, transform_ = kNoBuffer, phase_ = kNoBuffer;
  int phase_moments_ = kNoBuffer, latent_moments_ = kNoBuffer;
};

}  // namespace

ParameterLayout maco_layout(const ImageForm& form, int height, int width) {
  return {form.latent_planes(), std::int64_t{height} * (width / 2 + 1)};
}

std::vector<float> maco_magnitude(const ImageForm& form, int height, int width) {
  const ParameterLayout layout = maco_layout(form, height, width);
  const std::shared_ptr<const MagnitudePrior>& prior = std::get<Maco>(form.parameters).prior;
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
        if (prior != nullptr) {
          magnitude.push_back(PriorPlane(*prior, channel).at(fy, fx));
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

std::unique_ptr<ImageParameterisation> make_maco_images(const ImageForm& form, int batch, int height,
                                                        int width) {
  return std::make_unique<MacoImages>(form, batch, height, width);
}

}  // namespace limpid
