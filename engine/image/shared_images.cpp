#include "engine/image/shared_images.h"

#include <utility>

#include "kernels/device_array.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/shared_levels.h"
#include "kernels/ops/strided_copy.h"

namespace limpid {
namespace {

class SharedImages final : public ImageParameterisation {
 public:
  SharedImages(Backend& backend, const Stream& stream, std::unique_ptr<ImageParameterisation> own,
               const ImageForm& form, const JobPictures& job, int batch, int height, int width)
      : backend_(backend),
        own_(std::move(own)),
        job_(job),
        batch_(batch),
        shape_(shared_level_shape(form.shared, height, width)),
        layout_(shared_layout(own_->layout(), form, height, width)),
        latent_{nullptr, batch, form.latent_planes(), height, width},
        latent_memory_(backend, static_cast<std::size_t>(latent_.elements())),
        own_parameters_(backend, static_cast<std::size_t>(batch * own_->layout().total())),
        rows_(backend, static_cast<std::size_t>(batch / job.all() * latent_.c * height) *
                           static_cast<std::size_t>(shape_.columns)),
        gradient_(backend, static_cast<std::size_t>(batch * layout_.total())) {
    latent_.data = latent_memory_.data();
    if (own_->gradient_scale() != nullptr) make_gradient_scale(stream);
  }

  ParameterLayout layout() const override { return layout_; }

  void initialise(const Stream& stream, float* parameters, const SlotKey* key, float deviation) override {
    backend_.run(stream, InitialiseParameters{parameters, key, 1, layout_.total(), deviation});
  }

  void share_start(const Stream& stream, const float* first, float* parameters) override {
    const std::int64_t own = own_->layout().total();
    backend_.run(stream, StridedCopy{first + own, 0, parameters + own, 0, 1, layout_.total() - own});
  }

  std::vector<float> encode(std::span<const float> latent) const override {
    std::vector<float> parameters = own_->encode(latent);
    parameters.resize(static_cast<std::size_t>(layout_.total()));
    return parameters;
  }

  Planar<const float> decode(const Stream& stream, const float* parameters) override {
    const std::int64_t own = own_->layout().total();
    backend_.run(stream, StridedCopy{parameters, layout_.total(), own_parameters_.data(), own, batch_, own});
    const Planar<const float> base = own_->decode(stream, own_parameters_.data());
    backend_.run(stream, SharedLevels{base, {parameters + own, layout_.total()}, shape_, latent_});
    return latent_;
  }
  Planar<const float> latent(const float*) const override { return latent_; }

  const float* decode_adjoint(const Stream& stream, const float*, Planar<float> dlatent) override {
    const std::int64_t own = own_->layout().total();
    // First, for the other may overwrite dL/dlatent.
    backend_.run(stream, SharedLevelsAdjoint{dlatent,
                                             shape_,
                                             job_.images,
                                             job_.all(),
                                             rows_.data(),
                                             {gradient_.data() + own, layout_.total()}});
    const float* gradient = own_->decode_adjoint(stream, own_parameters_.data(), dlatent);
    backend_.run(stream, StridedCopy{gradient, own, gradient_.data(), layout_.total(), batch_, own});
    return gradient_.data();
  }
  const float* parameter_gradient(Planar<float>) const override { return gradient_.data(); }

  const float* gradient_scale() const override { return scale_.size() > 0 ? scale_.data() : nullptr; }

 private:
  /// Those of a plane for each plane of `own_`, and 1 for what is shared.
  void make_gradient_scale(const Stream& stream) {
    const ParameterLayout own = own_->layout();
    scale_ = {backend_, static_cast<std::size_t>(layout_.count)};
    scale_.upload(stream, 0, std::vector<float>(scale_.size(), 1.0F));
    backend_.run(stream,
                 StridedCopy{own_->gradient_scale(), 0, scale_.data(), own.count, own.planes, own.count});
  }

  Backend& backend_;
  std::unique_ptr<ImageParameterisation> own_;
  JobPictures job_;
  int batch_;
  SharedLevelShape shape_;
  ParameterLayout layout_;
  Planar<float> latent_;
  DeviceArray<float> latent_memory_;
  DeviceArray<float> own_parameters_;  ///< Of all pictures, without gaps.
  DeviceArray<float> rows_;
  DeviceArray<float> gradient_;
  DeviceArray<float> scale_;
};

}  // namespace

ParameterLayout shared_layout(const ParameterLayout& own, const ImageForm& form, int height, int width) {
  const SharedLevelShape shape = shared_level_shape(form.shared, height, width);
  return {1, own.total() + form.latent_planes() * shape.count};
}

std::unique_ptr<ImageParameterisation> make_shared_images(Backend& backend, const Stream& stream,
                                                          std::unique_ptr<ImageParameterisation> own,
                                                          const ImageForm& form, const JobPictures& job,
                                                          int batch, int height, int width) {
  return std::make_unique<SharedImages>(backend, stream, std::move(own), form, job, batch, height, width);
}

}  // namespace limpid
