#include "engine/optimize/step_recorder.h"

#include <utility>

#include "kernels/ops/advance_slots.h"
#include "kernels/ops/backdrop.h"
#include "kernels/ops/fix_pixels.h"
#include "kernels/ops/gaussian_blur.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/nearest_turn.h"
#include "kernels/ops/parameter_update.h"
#include "kernels/ops/resample.h"
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
  kShown = -31,   ///< With alpha: pictures before their backgrounds, and the gradient of that.
  kCanvas = -40,  ///< And below it, the canvases of staged views in their order.
};

/// Channels of a picture as they are.
constexpr InputScaling kPictureValues = {1, {0, 0, 0}, {0, 1, 2}};

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
  put_before_backgrounds();
  draw_views();
  const bool blur = l_.spec_.needs.blur;
  if (blur) {
    const Planar<float> scratch = picture_in(l_.scratch_), blurred = picture_in(l_.blurred_memory_);
    add("blur rows", call(GaussianBlur{shown().pixels, scratch, l_.blur_.data()}),
        {{shown().memory, false}, {kViews, false}, {kBlurScratch, true}});
    add("blur columns", call(GaussianBlur{scratch, blurred, l_.blur_.data(), BlurAxis::columns}),
        {{kBlurScratch, false}, {kViews, false}, {kBlurred, true}});
  }
  const Seen seen = through_canvases(blur ? Seen{picture_in(l_.blurred_memory_), kBlurred} : shown());
  const std::vector<Use> uses = {{seen.memory, false}, {kViews, false}, {NetworkMemory::input, true}};
  if (l_.spec_.needs.views) {
    add("warp",
        call(ViewWarp{seen.pixels, network_.input(), l_.views_.data(), l_.scaling_, network_.grouped_input(),
                      l_.spec_.draws}),
        uses);
  } else {
    add("warp",
        call(Warp{seen.pixels, network_.input(), l_.slots_.maps.data(), l_.slots_.fill.data(), l_.scaling_,
                  network_.grouped_input(), l_.spec_.draws}),
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
      call(ImagePenalty{l_.rgb_, l_.gradient_, l_.penalties_.data(), network_.values(),
                        l_.penalty_sums_.data(), l_.penalty_residual_.data(), goals.penalties, goals.columns,
                        l_.spec_.draws, static_cast<double>(l_.spec_.draws)}),
      {{kRgb, false}, {kRgbGradient, true}, {NetworkMemory::values, true}});
}

void Lane::StepRecorder::update() {
  const Seen dseen = gradient_of_canvas(static_cast<int>(route_.canvases.size()) - 1);
  const std::vector<Use> uses = {
      {NetworkMemory::input_gradient, false}, {kViews, false}, {dseen.memory, true}};
  const Planar<const float> dnetwork = network_.input_gradient();
  const Tensor grouped = network_.grouped_input_gradient();
  const float scale = 1 / network_.gradient_scale();
  if (l_.spec_.needs.views) {
    add("warp adjoint",
        call(ViewWarpAdjoint{dnetwork, dseen.pixels, l_.views_.data(), l_.scaling_, grouped, scale,
                             l_.spec_.draws}),
        uses);
  } else {
    add("warp adjoint",
        call(WarpAdjoint{dnetwork, dseen.pixels, l_.slots_.maps.data(), l_.scaling_, grouped, scale,
                         l_.spec_.draws}),
        uses);
  }
  through_canvases_adjoint();
  if (l_.spec_.needs.blur) {
    const Planar<float> scratch = picture_in(l_.scratch_);
    const Seen gradient = shown_gradient();
    add("blur columns adjoint",
        call(GaussianBlur{gradient.pixels, scratch, l_.blur_.data(), BlurAxis::columns, true}),
        {{gradient.memory, false}, {kViews, false}, {kBlurScratch, true}});
    add("blur rows adjoint",
        call(GaussianBlur{scratch, gradient.pixels, l_.blur_.data(), BlurAxis::rows, true}),
        {{kBlurScratch, false}, {kViews, false}, {gradient.memory, true}});
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
      call(AdvanceSlots{l_.slots_.keys.data(), network_.values(), l_.slots_.non_finite.data(),
                        l_.slots_.curve.data(), l_.slots_.failed_step.data(), l_.slots_.relu_rules.data(),
                        l_.slots_.relu_steps.data(), network_.relu_rules(), l_.slots_.rules.data(),
                        l_.slots_.rate.data(), l_.slots_.momentum.data(), l_.spec_.slots,
                        l_.slots_.curve_steps, l_.spec_.pictures(), l_.spec_.images, l_.spec_.draws,
                        l_.spec_.goals.columns}),
      {{kSlotClock, true},
       {kUpdateFlags, false},
       {NetworkMemory::values, false},
       {NetworkMemory::relu_rules, true}});
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

Lane::StepRecorder::Seen Lane::StepRecorder::through_canvases(Seen from) {
  for (std::size_t i = 0; i < route_.canvases.size(); ++i) {
    const Canvas& canvas = route_.canvases[i];
    const Planar<const float> pixels = from.pixels;
    const int memory = kCanvas - static_cast<int>(i);
    const std::vector<Use> uses = {{from.memory, false}, {memory, true}};
    const AffineMap* maps = l_.stage_maps_.data() + i * static_cast<std::size_t>(l_.spec_.all_pictures());
    switch (canvas.kind) {
      case ViewStage::Kind::resample:
        add("resample", call(Resample{pixels, canvas.pixels, l_.stage_rules_.data() + i}), uses);
        break;
      case ViewStage::Kind::turn:
        add("turn", call(Warp{pixels, canvas.pixels, maps, l_.nothing_beyond_.data(), kPictureValues}), uses);
        break;
      case ViewStage::Kind::nearest_turn:
        add("nearest turn", call(NearestTurn{pixels, canvas.pixels, maps}), uses);
        break;
    }
    from = {canvas.pixels, memory};
  }
  return from;
}

void Lane::StepRecorder::through_canvases_adjoint() {
  for (std::size_t i = route_.canvases.size(); i-- > 0;) {
    const Planar<const float> dto = route_.canvases[i].pixels;
    const Seen from = gradient_of_canvas(static_cast<int>(i) - 1);
    const std::vector<Use> uses = {{kCanvas - static_cast<int>(i), false}, {from.memory, true}};
    const AffineMap* maps = l_.stage_maps_.data() + i * static_cast<std::size_t>(l_.spec_.all_pictures());
    switch (route_.canvases[i].kind) {
      case ViewStage::Kind::resample:
        add("resample adjoint", call(ResampleAdjoint{dto, from.pixels, l_.stage_rules_.data() + i}), uses);
        break;
      case ViewStage::Kind::turn:
        add("turn adjoint", call(WarpAdjoint{dto, from.pixels, maps, kPictureValues}), uses);
        break;
      case ViewStage::Kind::nearest_turn:
        add("nearest turn adjoint", call(NearestTurnAdjoint{dto, from.pixels, maps}), uses);
        break;
    }
  }
}

Lane::StepRecorder::Seen Lane::StepRecorder::gradient_of_canvas(int i) const {
  if (i < 0) return shown_gradient();
  return {route_.canvases[static_cast<std::size_t>(i)].pixels, kCanvas - i};
}

void Lane::StepRecorder::draw_views() {
  const LaneSpec& spec = l_.spec_;
  if (spec.staged) return;
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

Lane::StepRecorder::Seen Lane::StepRecorder::shown() const {
  return l_.spec_.image.alpha ? Seen{l_.shown_, kShown} : Seen{l_.rgb_, kRgb};
}

Lane::StepRecorder::Seen Lane::StepRecorder::shown_gradient() const {
  return l_.spec_.image.alpha ? Seen{l_.shown_, kShown} : Seen{l_.gradient_, kRgbGradient};
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
