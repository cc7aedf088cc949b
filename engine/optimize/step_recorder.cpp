#include "engine/optimize/step_recorder.h"

#include <utility>

#include "kernels/ops/advance_slots.h"
#include "kernels/ops/backdrop.h"
#include "kernels/ops/fix_pixels.h"
#include "kernels/ops/gaussian_blur.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/parameter_update.h"
#include "kernels/ops/view_warp.h"

namespace limpid {
namespace {

/// Memories of a step outside the network; NetworkMemory has the numbers above.
enum LaneMemory : int {
  kSlotClock = -10,  ///< Keys, flags, curves.
  kViews = -11,
  kLatent = -12,
  kRgb = -13,
  kRgbGradient = -14,
  kParameterGradient = -15,  ///< The scaled spectrum and its gradient share memory.
  kParameters = -16,         ///< And moments.
  kUpdateFlags = -17,
  kBlurScratch = -18,
  kBlurred = -19,
  kFixed = -20,  ///< Masks, and what they keep.
  kGradientNorm = -21,
  kBackground = -30,
  kShown = -31,  ///< With alpha: pictures before their backgrounds, and the gradient of that.
};

}  // namespace

ColourSquash colours_of(const ColourRule& rule, Planar<const float> latent, Planar<float> rgb) {
  return {latent, rgb, rule.matrix, rule.squash, rule.offset};
}

template <class Op>
std::function<void(const Stream&)> Lane::StepRecorder::call(const Op& op) const {
  return [&backend = l_.backend_, op](const Stream& stream) { backend.run(stream, op); };
}

void Lane::StepRecorder::look() {
  add("parameters to latent", [&l = l_](const Stream& s) { l.images_->decode(s, l.parameters_.data()); },
      {{kParameters, false}, {kLatent, true}, {kParameterGradient, true}});
  const Planar<const float> latent = l_.images_->latent(l_.parameters_.data());
  add("colours", call(colours_of(l_.spec_.colours, latent, l_.rgb_)), {{kLatent, false}, {kRgb, true}});
  if (l_.spec_.fixes_pixels()) {
    add("fixed pixels", call(FixPixels{l_.rgb_, l_.fixed_, l_.mask_}), {{kRgb, true}, {kFixed, false}});
  }
  const int shown_memory = l_.spec_.image.alpha ? kShown : kRgb;
  put_before_backgrounds();
  draw_views();
  const bool blur = l_.spec_.needs.blur;
  if (blur) {
    const Planar<float> scratch = picture_in(l_.scratch_), blurred = picture_in(l_.blurred_memory_);
    add("blur rows", call(GaussianBlur{shown(), scratch, l_.blur_.data()}),
        {{shown_memory, false}, {kViews, false}, {kBlurScratch, true}});
    add("blur columns", call(GaussianBlur{scratch, blurred, l_.blur_.data(), BlurAxis::columns}),
        {{kBlurScratch, false}, {kViews, false}, {kBlurred, true}});
  }
  const Planar<const float> seen = blur ? picture_in(l_.blurred_memory_) : shown();
  const std::vector<Use> uses = {
      {blur ? kBlurred : shown_memory, false}, {kViews, false}, {NetworkMemory::input, true}};
  if (l_.spec_.needs.views) {
    add("warp",
        call(ViewWarp{seen, l_.network_.input(), l_.views_.data(), l_.scaling_, l_.network_.grouped_input(),
                      l_.spec_.draws}),
        uses);
  } else {
    add("warp",
        call(Warp{seen, l_.network_.input(), l_.slots_.maps.data(), l_.slots_.fill.data(), l_.scaling_,
                  l_.network_.grouped_input(), l_.spec_.draws}),
        uses);
  }
}

void Lane::StepRecorder::network(const std::vector<NetworkExecutor::BoundOp>& ops, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    tasks_.push_back({ops[i].name, ops[i].run, {}});
    uses_.push_back(ops[i].uses);
  }
}

void Lane::StepRecorder::penalties() {
  if (l_.spec_.goals.penalties == 0) return;
  const GoalShape& goals = l_.spec_.goals;
  add("penalties",
      call(ImagePenalty{l_.rgb_, l_.gradient_, l_.penalties_.data(), l_.network_.values(),
                        l_.penalty_sums_.data(), l_.penalty_residual_.data(), goals.penalties, goals.columns,
                        l_.spec_.draws, static_cast<double>(l_.spec_.draws)}),
      {{kRgb, false}, {kRgbGradient, true}, {NetworkMemory::values, true}});
}

void Lane::StepRecorder::update() {
  const int gradient_memory = l_.spec_.image.alpha ? kShown : kRgbGradient;
  const Planar<float> gradient = shown_gradient();
  const std::vector<Use> uses = {
      {NetworkMemory::input_gradient, false}, {kViews, false}, {gradient_memory, true}};
  const Planar<const float> dnetwork = l_.network_.input_gradient();
  const Tensor grouped = l_.network_.grouped_input_gradient();
  const float scale = 1 / l_.network_.gradient_scale();
  if (l_.spec_.needs.views) {
    add("warp adjoint",
        call(ViewWarpAdjoint{dnetwork, gradient, l_.views_.data(), l_.scaling_, grouped, scale,
                             l_.spec_.draws}),
        uses);
  } else {
    add("warp adjoint",
        call(WarpAdjoint{dnetwork, gradient, l_.slots_.maps.data(), l_.scaling_, grouped, scale,
                         l_.spec_.draws}),
        uses);
  }
  if (l_.spec_.needs.blur) {
    const Planar<float> scratch = picture_in(l_.scratch_);
    add("blur columns adjoint",
        call(GaussianBlur{gradient, scratch, l_.blur_.data(), BlurAxis::columns, true}),
        {{gradient_memory, false}, {kViews, false}, {kBlurScratch, true}});
    add("blur rows adjoint", call(GaussianBlur{scratch, gradient, l_.blur_.data(), BlurAxis::rows, true}),
        {{kBlurScratch, false}, {kViews, false}, {gradient_memory, true}});
  }
  put_before_backgrounds_adjoint();
  penalties();
  if (l_.spec_.fixes_pixels()) {
    add("fixed pixels adjoint", call(FixPixelsAdjoint{l_.gradient_, l_.mask_}),
        {{kFixed, false}, {kRgbGradient, true}});
  }
  const ColourRule& colours = l_.spec_.colours;
  add("colours adjoint",
      call(ColourSquashAdjoint{l_.rgb_, l_.gradient_, l_.latent_gradient_, colours.matrix, colours.squash}),
      {{kRgb, false}, {kRgbGradient, true}});
  add("latent adjoint",
      [&l = l_](const Stream& s) { l.images_->decode_adjoint(s, l.parameters_.data(), l.latent_gradient_); },
      {{kParameters, false}, {kLatent, false}, {kRgbGradient, true}, {kParameterGradient, true}});
  update_parameters();
  add("clock",
      call(AdvanceSlots{l_.slots_.keys.data(), l_.network_.values(), l_.slots_.non_finite.data(),
                        l_.slots_.curve.data(), l_.slots_.failed_step.data(),
                        l_.slots_.redirected_steps.data(), l_.network_.redirect(), l_.slots_.rules.data(),
                        l_.slots_.rate.data(), l_.slots_.momentum.data(), l_.spec_.slots,
                        l_.slots_.curve_steps, l_.spec_.pictures(), l_.spec_.images, l_.spec_.draws,
                        l_.spec_.goals.columns}),
      {{kSlotClock, true},
       {kUpdateFlags, false},
       {NetworkMemory::values, false},
       {NetworkMemory::redirect, true}});
}

std::unique_ptr<Program> Lane::StepRecorder::record() {
  const std::vector<std::vector<int>> after = dependencies(uses_);
  for (std::size_t i = 0; i < tasks_.size(); ++i) tasks_[i].after = after[i];
  return l_.backend_.record(l_.stream_, std::move(tasks_));
}

void Lane::StepRecorder::update_parameters() {
  const float* gradient = l_.images_->parameter_gradient(l_.latent_gradient_);
  const float* scale = l_.images_->gradient_scale();
  const int pictures = l_.spec_.all_pictures(), planes = l_.images_->layout().planes;
  const std::int64_t count = l_.images_->layout().count;
  if (l_.spec_.normalise_gradient) {
    add("gradient norm",
        call(GradientNorm{gradient, scale, l_.norm_parts_.data(), l_.gradient_factor_.data(), pictures,
                          planes, count}),
        {{kParameterGradient, false}, {kRgbGradient, false}, {kGradientNorm, true}});
  }
  add("update",
      call(ParameterUpdate{l_.parameters_.data(), l_.first_moment_.data(), l_.second_moment_.data(), gradient,
                           scale, l_.slots_.keys.data(), l_.slots_.rules.data(), l_.slots_.rate.data(),
                           l_.slots_.momentum.data(), l_.gradient_factor_.data(), l_.slots_.non_finite.data(),
                           l_.slots_.first_moved.data(), pictures, planes, count}),
      {{kParameters, true},
       {kParameterGradient, false},
       {kRgbGradient, false},
       {kGradientNorm, false},
       {kSlotClock, false},
       {kUpdateFlags, true}});
}

void Lane::StepRecorder::draw_views() {
  const LaneSpec& spec = l_.spec_;
  DrawAugmentation draw{l_.slots_.keys.data(),
                        l_.slots_.lists.data(),
                        nullptr,
                        spec.all_pictures(),
                        spec.height,
                        spec.width,
                        spec.height,
                        spec.width,
                        spec.draws};
  if (spec.goals.photos > 0) draw.follow = l_.slots_.follow.data();
  if (spec.needs.views) {
    draw.views = l_.views_.data();
  } else {
    draw.maps = l_.slots_.maps.data();
  }
  if (spec.needs.blur) draw.blur = l_.blur_.data();
  add("views", call(draw), {{kSlotClock, false}, {kViews, true}});
}

void Lane::StepRecorder::put_before_backgrounds() {
  if (!l_.spec_.image.alpha) return;
  add("backgrounds", [&l = l_](const Stream& s) { l.backgrounds_->draw(s, l.slots_.keys.data()); },
      {{kSlotClock, false}, {kBackground, true}});
  add("backdrop", call(Backdrop{l_.rgb_, l_.backgrounds_->get(), l_.shown_}),
      {{kRgb, false}, {kBackground, false}, {kShown, true}});
}

void Lane::StepRecorder::put_before_backgrounds_adjoint() {
  if (!l_.spec_.image.alpha) return;
  add("backdrop adjoint", call(BackdropAdjoint{l_.rgb_, l_.backgrounds_->get(), l_.shown_, l_.gradient_}),
      {{kRgb, false}, {kBackground, false}, {kShown, false}, {kRgbGradient, true}});
}

Planar<float> Lane::StepRecorder::shown() const {
  return l_.spec_.image.alpha ? l_.shown_ : l_.rgb_;
}

Planar<float> Lane::StepRecorder::shown_gradient() const {
  return l_.spec_.image.alpha ? l_.shown_ : l_.gradient_;
}

Planar<float> Lane::StepRecorder::picture_in(DeviceArray<float>& memory) const {
  return {memory.data(), l_.rgb_.n, 3, l_.rgb_.h, l_.rgb_.w};
}

void Lane::StepRecorder::add(std::string name, std::function<void(const Stream&)> run,
                             const std::vector<Use>& uses) {
  tasks_.push_back({std::move(name), std::move(run), {}});
  uses_.emplace_back();
  for (const Use& use : uses) uses_.back().push_back(whole_memory(use.memory, use.write));
}

}  // namespace limpid
