#include "engine/optimize/lane.h"

#include <algorithm>
#include <cmath>

#include "engine/network/picture.h"
#include "engine/objective/terms.h"
#include "kernels/core/error.h"
#include "kernels/ops/adam.h"
#include "kernels/ops/initialise_parameters.h"

namespace limpid {
namespace {

/// Standard deviation of fresh parameters, spectral and pixel alike (lucid).
constexpr float kInitialDeviation = 0.01F;

/// Lucid redirects ReLUs while its step counter is at most 16: the first 17 updates.
constexpr std::uint32_t kRedirectedSteps = 17;

AugmentationRange range_of(const Augmentation& a) {
  AugmentationRange range;
  if (!a.enabled) return range;
  range.jitter_before = a.jitter_before;
  range.scale_min = a.scale_min;
  range.scale_max = a.scale_max;
  range.rotate_degrees = a.rotate_degrees;
  range.jitter_after = a.jitter_after;
  return range;
}

float* floats(DeviceMemory& memory) {
  return static_cast<float*>(memory.data());
}

}  // namespace

Lane::Lane(Backend& backend, const Stream& stream, const Model& model, const LaneSpec& spec)
    : backend_(backend),
      stream_(stream),
      spec_(spec),
      network_(backend, stream, model,
               make_plan(model, {{spec.target}, spec.height, spec.width, spec.slots, true})),
      images_(make_parameterisation(backend, spec.parameterisation, spec.slots, spec.height, spec.width,
                                    spec.decay_power)),
      colours_(spec.decorrelate_colour ? kDecorrelatedColours : kPlainColours),
      scaling_(input_scaling(model.input)),
      parameters_per_image_(3 * images_->count()) {
  const auto slots = static_cast<std::size_t>(spec.slots);
  const std::size_t parameter_bytes = slots * static_cast<std::size_t>(parameters_per_image_) * sizeof(float);
  parameters_ = backend.allocate(parameter_bytes);
  first_moment_ = backend.allocate(parameter_bytes);
  second_moment_ = backend.allocate(parameter_bytes);
  rgb_ = {nullptr, spec.slots, 3, spec.height, spec.width};
  gradient_ = rgb_;
  rgb_memory_ = backend.allocate(static_cast<std::size_t>(rgb_.elements()) * sizeof(float));
  gradient_memory_ = backend.allocate(static_cast<std::size_t>(rgb_.elements()) * sizeof(float));
  rgb_.data = floats(*rgb_memory_);
  gradient_.data = floats(*gradient_memory_);

  jobs_.resize(slots);
  started_.resize(slots);
  keys_.resize(slots);
  ranges_.resize(slots);
  views_.resize(slots);
  fill_.resize(slots);
  learning_rates_.resize(slots);
  non_finite_.resize(slots);
}

void Lane::start(int slot, const SlotJob& job) {
  const auto i = static_cast<std::size_t>(slot);
  network_.terms(0)[slot] = term_of(job.objective, network_.plan().targets.front());
  jobs_[i] = job;
  started_[i] = 1;
  keys_[i] = {job.seed, job.image, 0};
  ranges_[i] = range_of(job.augmentation);
  fill_[i] = job.augmentation.fill;
  learning_rates_[i] = job.learning_rate;
  non_finite_[i] = 0;
  const std::int64_t first = slot * parameters_per_image_;
  std::fill_n(floats(*first_moment_) + first, parameters_per_image_, 0.0F);
  std::fill_n(floats(*second_moment_) + first, parameters_per_image_, 0.0F);
  backend_.run(stream_, InitialiseParameters{floats(*parameters_) + first, &keys_[i], 1,
                                             parameters_per_image_, kInitialDeviation});
}

void Lane::decode() {
  const Planar<const float> latent = images_->decode(stream_, floats(*parameters_));
  backend_.run(stream_, ColourSquash{latent, rgb_, colours_});
}

void Lane::look() {
  decode();
  backend_.run(stream_, DrawAugmentation{keys_.data(), ranges_.data(), views_.data(), spec_.slots,
                                         spec_.height, spec_.width, spec_.height, spec_.width});
  backend_.run(stream_, Warp{rgb_, network_.input(), views_.data(), fill_.data(), scaling_});
}

void Lane::step() {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    network_.redirect()[i] = jobs_[i].redirected_relu && keys_[i].step < kRedirectedSteps ? 1 : 0;
  }
  look();
  network_.forward();
  network_.backward();
  backend_.run(stream_, WarpAdjoint{network_.input_gradient(), gradient_, views_.data(), scaling_});
  backend_.run(stream_, ColourSquashAdjoint{rgb_, gradient_, gradient_, colours_});
  const float* gradient = images_->decode_adjoint(stream_, gradient_);
  backend_.run(stream_, Adam{floats(*parameters_), floats(*first_moment_), floats(*second_moment_), gradient,
                             images_->gradient_scale(), keys_.data(), learning_rates_.data(),
                             non_finite_.data(), spec_.slots, 3, images_->count()});
  check_finite();
  for (SlotKey& key : keys_) ++key.step;
}

void Lane::evaluate() {
  look();
  network_.forward();
  network_.evaluate();
}

void Lane::check_finite() {
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (started_[i] == 0 || (std::isfinite(network_.values()[i]) && non_finite_[i] == 0)) continue;
    const std::string operation = network_.first_non_finite();
    fail_runtime("{}, seed {}: step {}: {} is not finite; a lower learning rate may help",
                 to_string(jobs_[i].objective), jobs_[i].seed, keys_[i].step + 1,
                 operation.empty() ? "the gradient" : "the result of " + operation);
  }
}

Image Lane::picture(int slot) {
  decode();
  return read_picture(rgb_, slot);
}

}  // namespace limpid
