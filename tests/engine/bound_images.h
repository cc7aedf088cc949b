// Pictures of a parameterisation by themselves: parameters in, latents out, and back.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "engine/image/image_kinds.h"
#include "engine/step/step_binder.h"
#include "engine/step/step_plan.h"

namespace limpid::test {

/// On the CPU. Results last until the next call.
class BoundImages {
 public:
  BoundImages(Backend& backend, const Stream& stream, const ImageForm& form, int batch, int height, int width,
              const JobPictures& job)
      : backend_(backend), images_(make_parameterisation(form, batch, height, width, job)) {
    StepBuilder step(plan_);
    count_ = static_cast<std::size_t>(batch * images_->layout().total());
    parameters_ = step.kept("parameters", count_ * sizeof(float));
    dlatent_ = step.kept_planes("d latent", batch, form.latent_planes(), height, width);
    latent_ = images_->decode(step, parameters_);
    step.after_network();
    gradient_ = images_->decode_adjoint(step, dlatent_);
    binder_ = std::make_unique<StepBinder>(backend, stream, std::vector<StepBinder::Planned>{{&plan_}});
    before_ = binder_->bind_before(0, nullptr);
    after_ = binder_->bind_after(0, nullptr);
  }

  ParameterLayout layout() const { return images_->layout(); }

  void initialise(const Stream& stream, float* parameters, const SlotKey* key, float deviation) const {
    images_->initialise(backend_, stream, *binder_, parameters, key, deviation);
  }
  void share_start(const Stream& stream, const float* first, float* parameters) const {
    images_->share_start(backend_, stream, first, parameters);
  }
  std::vector<float> encode(std::span<const float> latent) const { return images_->encode(latent); }

  Planar<const float> decode(const Stream& stream, const float* parameters) {
    std::copy_n(parameters, count_, memory(parameters_));
    for (const BoundStepOp& op : before_) op.run(stream);
    return {memory(latent_.buffer), latent_.n, latent_.c, latent_.h, latent_.w};
  }

  /// Of the parameters that were decoded last.
  const float* decode_adjoint(const Stream& stream, const Planar<const float>& dlatent) {
    std::copy_n(dlatent.data, dlatent.elements(), memory(dlatent_.buffer));
    for (const BoundStepOp& op : after_) op.run(stream);
    return memory(gradient_);
  }

  const float* gradient_scale() const {
    return images_->gradient_scale() == kNoBuffer ? nullptr : memory(images_->gradient_scale());
  }

 private:
  float* memory(int buffer) const { return static_cast<float*>(binder_->find(buffer)); }

  Backend& backend_;
  std::unique_ptr<ImageParameterisation> images_;
  StepPlan plan_;
  std::size_t count_ = 0;
  int parameters_ = kNoBuffer, gradient_ = kNoBuffer;
  StepPlanes latent_, dlatent_;
  std::unique_ptr<StepBinder> binder_;
  std::vector<BoundStepOp> before_, after_;
};

inline std::unique_ptr<BoundImages> bind_images(Backend& backend, const Stream& stream, const ImageForm& form,
                                                int batch, int height, int width,
                                                const JobPictures& job = {}) {
  return std::make_unique<BoundImages>(backend, stream, form, batch, height, width, job);
}

}  // namespace limpid::test
