#include "engine/image/shared_images.h"

#include <utility>

#include "kernels/ops/shared_levels.h"
#include "kernels/ops/strided_copy.h"

namespace limpid {
namespace {

class SharedImages final : public ImageParameterisation {
 public:
  SharedImages(std::unique_ptr<ImageParameterisation> own, const ImageForm& form, const JobPictures& job,
               int batch, int height, int width)
      : own_(std::move(own)),
        job_(job),
        batch_(batch),
        shape_(shared_level_shape(shared_of(form.parameters), height, width)),
        layout_(shared_layout(own_->layout(), form, height, width)) {}

  ParameterLayout layout() const override { return layout_; }

  void share_start(Backend& backend, const Stream& stream, const float* first,
                   float* parameters) const override {
    const std::int64_t own = own_->layout().total();
    backend.run(stream, StridedCopy{first + own, 0, parameters + own, 0, 1, layout_.total() - own});
  }

  std::vector<float> encode(std::span<const float> latent) const override {
    std::vector<float> parameters = own_->encode(latent);
    parameters.resize(static_cast<std::size_t>(layout_.total()));
    return parameters;
  }

  StepPlanes decode(StepBuilder& step, int parameters) override {
    const std::int64_t own = own_->layout().total(), total = layout_.total();
    // Of all pictures, without gaps.
    const int own_parameters = step.scratch("own parameters", static_cast<std::size_t>(own_bytes()));
    step.add("own parameters", {reads(parameters, own_bytes()), writes(own_parameters)},
             [=, batch = batch_](const StepOperands& m) {
               return StridedCopy{
                   m.read<float>(parameters), total, m.write<float>(own_parameters), own, batch, own};
             });
    const StepPlanes base = own_->decode(step, own_parameters);
    if (own_->gradient_scale() != kNoBuffer) add_gradient_scale(step);
    const StepPlanes latent = step.scratch_planes("latent and shared", base.n, base.c, base.h, base.w);
    step.add(
        "shared terms", {reads(base), reads(parameters, copies_bytes()), writes(latent)},
        [=, shape = shape_](const StepOperands& m) {
          return SharedLevels{m.read(base), {m.read<float>(parameters) + own, total}, shape, m.write(latent)};
        },
        flops(latent));
    return latent;
  }

  int decode_adjoint(StepBuilder& step, const StepPlanes& dlatent) override {
    const std::int64_t own = own_->layout().total(), total = layout_.total();
    const int gradient =
        step.scratch("d parameters and shared", static_cast<std::size_t>(batch_ * total) * sizeof(float));
    const int rows =
        step.scratch("shared rows", static_cast<std::size_t>(batch_ / job_.all() * dlatent.c * dlatent.h) *
                                        static_cast<std::size_t>(shape_.columns) * sizeof(float));
    // First, for the other may overwrite dL/dlatent.
    step.add(
        "shared terms adjoint", {reads(dlatent), works_in(rows), writes(gradient, copies_bytes())},
        [=, shape = shape_, job = job_](const StepOperands& m) {
          return SharedLevelsAdjoint{m.read(dlatent),      shape,
                                     job.images,           job.all(),
                                     m.write<float>(rows), {m.write<float>(gradient) + own, total}};
        },
        flops(dlatent));
    const int own_gradient = own_->decode_adjoint(step, dlatent);
    step.add("own gradient", {reads(own_gradient, own_bytes()), writes(gradient, own_bytes())},
             [=, batch = batch_](const StepOperands& m) {
               return StridedCopy{
                   m.read<float>(own_gradient), own, m.write<float>(gradient), total, batch, own};
             });
    return gradient;
  }

  int gradient_scale() const override { return scale_; }

  /// The factors of a plane of `own_`, once for each of its planes, and 1 for every shared value.
  std::vector<float> gradient_scale_values() const override {
    return repeated(own_->gradient_scale_values(), own_->layout().planes, layout_.count);
  }

 private:
  static std::vector<float> repeated(const std::vector<float>& plane, int planes, std::int64_t count) {
    std::vector<float> values;
    for (int i = 0; i < planes; ++i) values.insert(values.end(), plane.begin(), plane.end());
    values.resize(static_cast<std::size_t>(count), 1.0F);
    return values;
  }

  void add_gradient_scale(StepBuilder& step) {
    scale_ = step.table("gradient scale", static_cast<std::size_t>(layout_.count),
                        [own = own_, count = layout_.count] {
                          return repeated(own->gradient_scale_values(), own->layout().planes, count);
                        });
  }

  double own_bytes() const { return 4.0 * batch_ * static_cast<double>(own_->layout().total()); }
  double copies_bytes() const {
    return 4.0 * batch_ * static_cast<double>(layout_.total() - own_->layout().total());
  }
  double flops(const StepPlanes& latent) const {
    return shape_.levels * kSampleFlops * static_cast<double>(latent.elements());
  }

  std::shared_ptr<ImageParameterisation> own_;  ///< Shared with the table of its factors.
  JobPictures job_;
  int batch_;
  SharedLevelShape shape_;
  ParameterLayout layout_;
  int scale_ = kNoBuffer;
};

}  // namespace

ParameterLayout shared_layout(const ParameterLayout& own, const ImageForm& form, int height, int width) {
  const SharedLevelShape shape = shared_level_shape(shared_of(form.parameters), height, width);
  return {1, own.total() + form.latent_planes() * shape.count};
}

std::unique_ptr<ImageParameterisation> make_shared_images(std::unique_ptr<ImageParameterisation> own,
                                                          const ImageForm& form, const JobPictures& job,
                                                          int batch, int height, int width) {
  return std::make_unique<SharedImages>(std::move(own), form, job, batch, height, width);
}

}  // namespace limpid
