#include "engine/image/pyramid_images.h"

#include <fmt/format.h>

#include "kernels/ops/pyramid_sum.h"

namespace limpid {
namespace {

class PyramidImages final : public ImageParameterisation {
 public:
  PyramidImages(const ImageForm& form, int batch, int height, int width)
      : layout_(pyramid_layout(form, height, width)),
        shape_(pyramid_shape(height, width)),
        batch_(batch),
        height_(height),
        width_(width) {}

  ParameterLayout layout() const override { return layout_; }

  StepPlanes decode(StepBuilder& step, int parameters) override {
    const StepPlanes latent = step.scratch_planes("latent", batch_, layout_.planes, height_, width_);
    step.add(
        "pyramid sum", {reads(parameters), writes(latent)},
        [=, shape = shape_](const StepOperands& m) {
          return PyramidSum{m.read<float>(parameters), shape, m.write(latent)};
        },
        flops(latent));
    return latent;
  }

  int decode_adjoint(StepBuilder& step, const StepPlanes& dlatent) override {
    const int gradient =
        step.scratch("d parameters", static_cast<std::size_t>(batch_ * layout_.total()) * sizeof(float),
                     fmt::format("{}  {}x{} and coarser", layout_.planes, height_, width_));
    step.add(
        "pyramid sum adjoint", {reads(dlatent), writes(gradient)},
        [=, shape = shape_](const StepOperands& m) {
          return PyramidSumAdjoint{m.read(dlatent), shape, m.write<float>(gradient)};
        },
        flops(dlatent));
    return gradient;
  }

 private:
  static double flops(const StepPlanes& latent) {
    return kPyramidLevels * kSampleFlops * static_cast<double>(latent.elements());
  }

  ParameterLayout layout_;
  PyramidShape shape_;
  int batch_, height_, width_;
};

}  // namespace

ParameterLayout pyramid_layout(const ImageForm& form, int height, int width) {
  return {form.latent_planes(), pyramid_shape(height, width).count};
}

std::unique_ptr<ImageParameterisation> make_pyramid_images(const ImageForm& form, int batch, int height,
                                                           int width) {
  return std::make_unique<PyramidImages>(form, batch, height, width);
}

}  // namespace limpid
