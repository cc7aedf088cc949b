#include "engine/image/cppn_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
  CppnImages(const ImageForm& form, int batch, int height, int width)
      : layout_(cppn_layout(form)),
        batch_(batch),
        planes_(form.latent_planes()),
        height_(height),
        width_(width) {}

  ParameterLayout layout() const override { return layout_; }

  void initialise(Backend& backend, const Stream& stream, const StepBinder& memory, float* parameters,
                  const SlotKey* key, float /*deviation*/) const override {
    const float* deviations = memory.kept<float>(deviations_).data();
    backend.run(stream, InitialiseParameters{parameters, key, 1, layout_.total(), 1});
    backend.run(stream, SpectrumScale{parameters, deviations, parameters, 1, layout_.count});
  }

  StepPlanes decode(StepBuilder& step, int parameters) override {
    parameters_ = parameters;
    deviations_ = step.table("start deviations", static_cast<std::size_t>(layout_.count),
                             [planes = planes_] { return start_deviations(planes); });
    const StepPlanes latent = step.scratch_planes("latent", batch_, planes_, height_, width_);
    step.add(
        "cppn", {reads(parameters), writes(latent)},
        [=, height = height_](const StepOperands& m) {
          return CppnFprop{m.read<float>(parameters), m.write(latent), {height, 0}};
        },
        flops());
    return latent;
  }

  int decode_adjoint(StepBuilder& step, const StepPlanes& dlatent) override {
    const auto parameters = static_cast<std::size_t>(batch_ * layout_.total());
    const auto chunks = static_cast<std::size_t>(cppn_chunks(std::int64_t{height_} * width_));
    const int partials = step.scratch("d parameters, parts", parameters * chunks * sizeof(float));
    const int gradient = step.scratch("d parameters", parameters * sizeof(float),
                                      fmt::format("{} weights  {}x{}", layout_.count, height_, width_));
    // Forward again, then to inputs and to weights.
    step.add(
        "cppn adjoint", {reads(parameters_), reads(dlatent), works_in(partials), writes(gradient)},
        [=, from = parameters_](const StepOperands& m) {
          return CppnBprop{m.read<float>(from), m.read(dlatent), m.write<float>(partials),
                           m.write<float>(gradient)};
        },
        3 * flops());
    return gradient;
  }

 private:
  /// A multiply-accumulate is two; an activation is small beside the layer after it.
  double flops() const { return 2.0 * static_cast<double>(layout_.total()) * batch_ * height_ * width_; }

  ParameterLayout layout_;
  int batch_, planes_, height_, width_;
  int parameters_ = kNoBuffer, deviations_ = kNoBuffer;
};

}  // namespace

ParameterLayout cppn_layout(const ImageForm& form) {
  return {1, cppn_parameters(form.latent_planes())};
}

std::unique_ptr<ImageParameterisation> make_cppn_images(const ImageForm& form, int batch, int height,
                                                        int width) {
  return std::make_unique<CppnImages>(form, batch, height, width);
}

void decode_cppn_rows(Backend& backend, const Stream& stream, const float* parameters, Planar<float> rows,
                      int height, int first_row) {
  backend.run(stream, CppnFprop{parameters, rows, {height, first_row}});
}

}  // namespace limpid
