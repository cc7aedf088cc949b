#include "engine/optimize/step_planner.h"

#include <fmt/format.h>

#include <utility>

#include "engine/image/backgrounds.h"
#include "engine/network/executor.h"
#include "kernels/core/slot_key.h"
#include "kernels/ops/advance_slots.h"
#include "kernels/ops/backdrop.h"
#include "kernels/ops/draw_augmentation.h"
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

/// Channels of a picture as they are.
constexpr InputScaling kPictureValues = {1, {0, 0, 0}, {0, 1, 2}};

/// Builds a LaneStep. Its methods stand in the order of the step.
class StepPlanner {
 public:
  StepPlanner(const LaneSpec& spec, const InputScaling& scaling, const std::vector<ViewStage>& stages,
              std::size_t network_input_bytes)
      : spec_(spec), scaling_(scaling), stages_(stages), add_(step_.plan) {
    step_.images = make_parameterisation(spec.image, pictures(), spec.height, spec.width,
                                         {spec.images, spec.goals.photos});
    add_kept();
    input_ = add_.network("network input", NetworkMemory::input, network_input_bytes);
    input_gradient_ = add_.network("d network input", NetworkMemory::input_gradient, network_input_bytes);
    const auto views = static_cast<std::size_t>(spec.views());
    values_ = add_.network("values", NetworkMemory::values,
                           views * static_cast<std::size_t>(spec.goals.columns) * sizeof(double));
    relu_rules_ = add_.network("ReLU rules", NetworkMemory::relu_rules, views * sizeof(ReluGradient));
  }

  LaneStep plan() {
    colours();
    put_before_backgrounds();
    draw_views();
    const StepPlanes seen = through_canvases(spec_.needs.blur ? blurred() : shown_);
    warp(seen);

    add_.after_network();
    through_canvases_adjoint();
    if (spec_.needs.blur) blurred_adjoint();
    put_before_backgrounds_adjoint();
    penalties();
    colours_adjoint();
    update(step_.images->decode_adjoint(add_, dlatent_));
    clock();
    return std::move(step_);
  }

 private:
  int pictures() const { return spec_.all_pictures(); }

  template <class T>
  int kept(const char* name, int count) {
    return add_.kept(name, static_cast<std::size_t>(count) * sizeof(T));
  }

  StepPlanes planes(const char* name, int c) {
    return add_.scratch_planes(name, pictures(), c, spec_.height, spec_.width);
  }

  void add_kept() {
    const int n = pictures();
    // The value after the last update belongs to the curve too.
    step_.curve_steps = spec_.most_steps + 1;
    SlotBuffers& slots = step_.slots;
    slots.keys = kept<SlotKey>("keys", n);
    slots.lists = kept<TransformList>("transforms", 2 * n);
    slots.follow = kept<std::int32_t>("whose views", n);
    slots.fill = kept<float>("fill", n);
    slots.rules = kept<UpdateRule>("update rules", n);
    slots.rate = kept<float>("rates", n);
    slots.momentum = kept<float>("momenta", n);
    slots.non_finite = kept<std::int32_t>("not finite", n);
    slots.first_moved = kept<std::int32_t>("first moved", n);
    slots.maps = kept<AffineMap>("maps", spec_.views());
    slots.failed_step = kept<std::int32_t>("failed steps", spec_.slots);
    slots.relu_rules = kept<ReluGradient>("ReLU rules of slots", spec_.slots);
    slots.relu_steps = kept<std::uint32_t>("ReLU steps", spec_.slots);
    slots.curve = add_.kept("curves", static_cast<std::size_t>(spec_.slots * spec_.goals.columns) *
                                          static_cast<std::size_t>(step_.curve_steps) * sizeof(double));
    const ParameterLayout layout = step_.images->layout();
    const std::size_t bytes = static_cast<std::size_t>(n * layout.total()) * sizeof(float);
    const std::string shape = layout.planes == 1 ? fmt::format("{} values", layout.count)
                                                 : fmt::format("{}  {} values", layout.planes, layout.count);
    step_.parameters = add_.kept("parameters", bytes, shape);
    step_.first_moment = add_.kept("first moment", bytes, shape);
    step_.second_moment = add_.kept("second moment", bytes, shape);
    step_.rgb = add_.kept_planes("rgb", n, spec_.image.picture_planes(), spec_.height, spec_.width);
    if (spec_.fixes_pixels()) {
      step_.fixed = add_.kept_planes("fixed", n, step_.rgb.c, spec_.height, spec_.width);
      step_.mask = add_.kept_planes("mask", n, spec_.mask_planes(), spec_.height, spec_.width);
    }
    if (spec_.goals.penalties > 0)
      step_.penalties = kept<PenaltyTerm>("penalty terms", n * spec_.goals.penalties);
    if (spec_.staged) {
      step_.stage_rules = kept<ResampleRule>("rules of stages", static_cast<int>(kMostStages));
      step_.stage_maps = kept<AffineMap>("maps of stages", static_cast<int>(kMostStages) * n);
      step_.nothing_beyond = kept<float>("nothing beyond", n);
    }
  }

  /// Parameters to pictures.
  void colours() {
    const StepPlanes latent = step_.images->decode(add_, step_.parameters), rgb = step_.rgb;
    add_.add("colours", {reads(latent), writes(rgb)}, [=, rule = spec_.colours](const StepOperands& m) {
      return colours_of(rule, m.read(latent), m.write(rgb));
    });
    step_.decoded = add_.size();
    if (spec_.fixes_pixels()) {
      add_.add("fixed pixels", {updates(rgb), reads(step_.fixed), reads(step_.mask)},
               [=, fixed = step_.fixed, mask = step_.mask](const StepOperands& m) {
                 return FixPixels{m.write(rgb), m.read(fixed), m.read(mask)};
               });
    }
    step_.pictured = add_.size();
    shown_ = rgb;
  }

  void put_before_backgrounds() {
    if (!spec_.image.alpha) return;
    background_ = draw_backgrounds(add_, spec_.image, spec_.colours, pictures(), spec_.height, spec_.width,
                                   step_.slots.keys);
    shown_ = planes("shown", 3);
    add_.add("backdrop", {reads(step_.rgb), reads(background_), writes(shown_)},
             [rgb = step_.rgb, background = background_, shown = shown_](const StepOperands& m) {
               return Backdrop{m.read(rgb), m.read(background), m.write(shown)};
             });
  }

  void draw_views() {
    if (spec_.staged) return;
    if (spec_.needs.views)
      views_ = add_.scratch("views", static_cast<std::size_t>(spec_.views()) * sizeof(View));
    if (spec_.needs.blur) {
      blur_ = add_.scratch("blur deviations", static_cast<std::size_t>(pictures()) * sizeof(float));
    }
    const bool follows = spec_.goals.photos > 0, plain = !spec_.needs.views, blur = spec_.needs.blur;
    std::vector<StepUse> uses = {reads(step_.slots.keys), reads(step_.slots.lists)};
    if (follows) uses.push_back(reads(step_.slots.follow));
    uses.push_back(writes(plain ? step_.slots.maps : views_));
    if (blur) uses.push_back(writes(blur_));
    add_.add("views", uses,
             [=, slots = step_.slots, views = views_, deviations = blur_, n = pictures(), h = spec_.height,
              w = spec_.width, seen = spec_.seen_size(), draws = spec_.draws](const StepOperands& m) {
               DrawAugmentation draw{m.read<SlotKey>(slots.keys),
                                     m.read<TransformList>(slots.lists),
                                     plain ? m.write<AffineMap>(slots.maps) : nullptr,
                                     n,
                                     h,
                                     w,
                                     seen[0],
                                     seen[1],
                                     draws};
               if (!plain) draw.views = m.write<View>(views);
               if (blur) draw.blur = m.write<float>(deviations);
               if (follows) draw.follow = m.read<std::int32_t>(slots.follow);
               draw.later = draw.lists + n;
               return draw;
             });
  }

  void blur(const char* name, const StepPlanes& from, const StepPlanes& to, BlurAxis axis, bool adjoint) {
    add_.add(name, {reads(from), writes(to), reads(blur_)}, [=, deviations = blur_](const StepOperands& m) {
      return GaussianBlur{m.read(from), m.write(to), m.read<float>(deviations), axis, adjoint};
    });
  }

  StepPlanes blurred() {
    const StepPlanes rows = planes("blurred rows", 3), both = planes("blurred", 3);
    blur("blur rows", shown_, rows, BlurAxis::rows, false);
    blur("blur columns", rows, both, BlurAxis::columns, false);
    return both;
  }

  void blurred_adjoint() {
    const StepPlanes columns = planes("d blurred columns", 3), gradient = dshown();
    blur("blur columns adjoint", gradient, columns, BlurAxis::columns, true);
    blur("blur rows adjoint", columns, gradient, BlurAxis::rows, true);
  }

  /// What the network is to see.
  StepPlanes through_canvases(StepPlanes from) {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const ViewStage& stage = stages_[i];
      const StepPlanes to = add_.scratch_planes(fmt::format("canvas {}", i), pictures(), 3, stage.h, stage.w);
      through_canvas(i, from, to);
      from = to;
    }
    return from;
  }

  /// Of the stage's maps, those of all pictures.
  double map_bytes() const { return 1.0 * pictures() * sizeof(AffineMap); }

  void through_canvas(std::size_t i, const StepPlanes& from, const StepPlanes& to) {
    const std::size_t first_map = i * static_cast<std::size_t>(pictures());
    const StepUse rule = reads(step_.stage_rules, sizeof(ResampleRule));
    const StepUse maps = reads(step_.stage_maps, map_bytes());
    switch (stages_[i].kind) {
      case ViewStage::Kind::resample:
        return add_.add("resample", {reads(from), rule, writes(to)}, [=](const StepOperands& m) {
          return Resample{m.read(from), m.write(to), m.read<ResampleRule>(rule.buffer) + i};
        });
      case ViewStage::Kind::turn:
        return add_.add("turn", {reads(from), maps, reads(step_.nothing_beyond), writes(to)},
                        [=, fill = step_.nothing_beyond](const StepOperands& m) {
                          return Warp{m.read(from), m.write(to), m.read<AffineMap>(maps.buffer) + first_map,
                                      m.read<float>(fill), kPictureValues};
                        });
      case ViewStage::Kind::nearest_turn:
        return add_.add("nearest turn", {reads(from), maps, writes(to)}, [=](const StepOperands& m) {
          return NearestTurn{m.read(from), m.write(to), m.read<AffineMap>(maps.buffer) + first_map};
        });
    }
  }

  /// From the network's input to the gradient of what views are taken of.
  void through_canvases_adjoint() {
    StepPlanes dto;
    for (std::size_t i = stages_.size() + 1; i-- > 0;) {
      const StepPlanes dfrom = i == 0 ? dshown()
                                      : add_.scratch_planes(fmt::format("d canvas {}", i - 1), pictures(), 3,
                                                            stages_[i - 1].h, stages_[i - 1].w);
      if (i == stages_.size()) {
        warp_adjoint(dfrom);
      } else {
        through_canvas_adjoint(i, dto, dfrom);
      }
      dto = dfrom;
    }
  }

  void through_canvas_adjoint(std::size_t i, const StepPlanes& dto, const StepPlanes& dfrom) {
    const std::size_t first_map = i * static_cast<std::size_t>(pictures());
    const StepUse rule = reads(step_.stage_rules, sizeof(ResampleRule));
    const StepUse maps = reads(step_.stage_maps, map_bytes());
    switch (stages_[i].kind) {
      case ViewStage::Kind::resample:
        return add_.add("resample adjoint", {reads(dto), rule, writes(dfrom)}, [=](const StepOperands& m) {
          return ResampleAdjoint{m.read(dto), m.write(dfrom), m.read<ResampleRule>(rule.buffer) + i};
        });
      case ViewStage::Kind::turn:
        return add_.add("turn adjoint", {reads(dto), maps, writes(dfrom)}, [=](const StepOperands& m) {
          return WarpAdjoint{m.read(dto), m.write(dfrom), m.read<AffineMap>(maps.buffer) + first_map,
                             kPictureValues};
        });
      case ViewStage::Kind::nearest_turn:
        return add_.add("nearest turn adjoint", {reads(dto), maps, writes(dfrom)},
                        [=](const StepOperands& m) {
                          return NearestTurnAdjoint{m.read(dto), m.write(dfrom),
                                                    m.read<AffineMap>(maps.buffer) + first_map};
                        });
    }
  }

  void warp(const StepPlanes& seen) {
    if (spec_.needs.views) {
      return add_.add("warp", {reads(seen), reads(views_), writes(input_)},
                      [=, views = views_, input = input_, scaling = scaling_,
                       draws = spec_.draws](const StepOperands& m) {
                        const NetworkExecutor& network = m.network(input);
                        return ViewWarp{m.read(seen), network.input(),         m.read<View>(views),
                                        scaling,      network.grouped_input(), draws};
                      });
    }
    add_.add("warp", {reads(seen), reads(step_.slots.maps), reads(step_.slots.fill), writes(input_)},
             [=, maps = step_.slots.maps, fill = step_.slots.fill, input = input_, scaling = scaling_,
              draws = spec_.draws](const StepOperands& m) {
               const NetworkExecutor& network = m.network(input);
               return Warp{m.read(seen),
                           network.input(),
                           m.read<AffineMap>(maps),
                           m.read<float>(fill),
                           scaling,
                           network.grouped_input(),
                           draws};
             });
  }

  void warp_adjoint(const StepPlanes& dseen) {
    if (spec_.needs.views) {
      return add_.add("warp adjoint", {reads(input_gradient_), reads(views_), writes(dseen)},
                      [=, views = views_, input = input_gradient_, scaling = scaling_,
                       draws = spec_.draws](const StepOperands& m) {
                        const NetworkExecutor& network = m.network(input);
                        return ViewWarpAdjoint{network.input_gradient(),
                                               m.write(dseen),
                                               m.read<View>(views),
                                               scaling,
                                               network.grouped_input_gradient(),
                                               1 / network.gradient_scale(),
                                               draws};
                      });
    }
    add_.add("warp adjoint", {reads(input_gradient_), reads(step_.slots.maps), writes(dseen)},
             [=, maps = step_.slots.maps, input = input_gradient_, scaling = scaling_,
              draws = spec_.draws](const StepOperands& m) {
               const NetworkExecutor& network = m.network(input);
               return WarpAdjoint{network.input_gradient(),
                                  m.write(dseen),
                                  m.read<AffineMap>(maps),
                                  scaling,
                                  network.grouped_input_gradient(),
                                  1 / network.gradient_scale(),
                                  draws};
             });
  }

  /// Where the gradient of the pictures lies.
  const StepPlanes& dpicture() {
    if (dpicture_.buffer == kNoBuffer) dpicture_ = planes("d picture", step_.rgb.c);
    return dpicture_;
  }

  /// And that of what views are taken of.
  const StepPlanes& dshown() {
    if (!spec_.image.alpha) return dpicture();
    if (dshown_.buffer == kNoBuffer) dshown_ = planes("d shown", 3);
    return dshown_;
  }

  void put_before_backgrounds_adjoint() {
    if (!spec_.image.alpha) return;
    const StepPlanes dpicture = this->dpicture();
    add_.add("backdrop adjoint", {reads(step_.rgb), reads(background_), reads(dshown_), writes(dpicture)},
             [=, rgb = step_.rgb, background = background_, dshown = dshown_](const StepOperands& m) {
               return BackdropAdjoint{m.read(rgb), m.read(background), m.read(dshown), m.write(dpicture)};
             });
  }

  /// Terms on the pictures themselves: their values and their gradient.
  void penalties() {
    const GoalShape& goals = spec_.goals;
    if (goals.penalties == 0) return;
    step_.penalty_op = add_.size();
    const int sums = add_.scratch("penalty sums", penalty_sums(pictures(), goals.penalties) * sizeof(double));
    const StepPlanes residual = planes("penalty residual", step_.rgb.c), dpicture = this->dpicture();
    add_.add("penalties",
             {reads(step_.rgb), updates(dpicture), reads(step_.penalties), updates(values_), works_in(sums),
              works_in(residual.buffer)},
             [=, rgb = step_.rgb, terms = step_.penalties, values = values_, count = goals.penalties,
              columns = goals.columns, draws = spec_.draws](const StepOperands& m) {
               return ImagePenalty{m.read(rgb),
                                   m.write(dpicture),
                                   m.read<PenaltyTerm>(terms),
                                   m.network(values).values(),
                                   m.write<double>(sums),
                                   m.write(residual).data,
                                   count,
                                   columns,
                                   draws,
                                   static_cast<double>(draws)};
             });
  }

  /// In place where latents have as many planes as pictures.
  void colours_adjoint() {
    const StepPlanes dpicture = this->dpicture(), rgb = step_.rgb;
    if (spec_.fixes_pixels()) {
      add_.add("fixed pixels adjoint", {updates(dpicture), reads(step_.mask)},
               [=, mask = step_.mask](const StepOperands& m) {
                 return FixPixelsAdjoint{m.write(dpicture), m.read(mask)};
               });
    }
    const bool in_place = spec_.image.latent_planes() == rgb.c;
    const StepPlanes dlatent = in_place ? dpicture : planes("d latent", spec_.image.latent_planes());
    std::vector<StepUse> uses = {reads(rgb), reads(dpicture), writes(dlatent)};
    if (in_place) uses = {reads(rgb), updates(dpicture)};
    add_.add("colours adjoint", uses, [=, rule = spec_.colours](const StepOperands& m) {
      return ColourSquashAdjoint{m.read(rgb), m.read(dpicture), m.write(dlatent), rule.matrix, rule.squash};
    });
    dlatent_ = dlatent;
  }

  void update(int gradient) {
    const int scale = step_.images->gradient_scale();
    const ParameterLayout layout = step_.images->layout();
    const int n = pictures();
    const auto scale_of = [scale](const StepOperands& m) {
      return scale == kNoBuffer ? nullptr : m.read<float>(scale);
    };
    std::vector<StepUse> from = {reads(gradient)};
    if (scale != kNoBuffer) from.push_back(reads(scale));
    int factor = kNoBuffer;
    if (spec_.normalise_gradient) {
      const auto count = static_cast<std::size_t>(n);
      const int parts = add_.scratch("gradient norm, parts", count * kGradientNormParts * sizeof(double));
      factor = add_.scratch("gradient norms", count * sizeof(float));
      std::vector<StepUse> uses = from;
      uses.insert(uses.end(), {works_in(parts), writes(factor)});
      add_.add("gradient norm", uses, [=](const StepOperands& m) {
        return GradientNorm{
            m.read<float>(gradient), scale_of(m), m.write<double>(parts), m.write<float>(factor), n,
            layout.planes,           layout.count};
      });
    }
    std::vector<StepUse> uses = from;
    if (factor != kNoBuffer) uses.push_back(reads(factor));
    const SlotBuffers slots = step_.slots;
    uses.insert(uses.end(),
                {updates(step_.parameters), updates(step_.first_moment), updates(step_.second_moment),
                 reads(slots.keys), reads(slots.rules), reads(slots.rate), reads(slots.momentum),
                 writes(slots.non_finite), updates(slots.first_moved)});
    add_.add("update", uses,
             [=, parameters = step_.parameters, first = step_.first_moment,
              second = step_.second_moment](const StepOperands& m) {
               return ParameterUpdate{m.write<float>(parameters),
                                      m.write<float>(first),
                                      m.write<float>(second),
                                      m.read<float>(gradient),
                                      scale_of(m),
                                      m.read<SlotKey>(slots.keys),
                                      m.read<UpdateRule>(slots.rules),
                                      m.read<float>(slots.rate),
                                      m.read<float>(slots.momentum),
                                      factor == kNoBuffer ? nullptr : m.read<float>(factor),
                                      m.write<std::int32_t>(slots.non_finite),
                                      m.write<std::int32_t>(slots.first_moved),
                                      n,
                                      layout.planes,
                                      layout.count};
             });
  }

  void clock() {
    const SlotBuffers slots = step_.slots;
    const double curve = 1.0 * spec_.slots * spec_.goals.columns * sizeof(double);
    add_.add("clock",
             {updates(slots.keys), reads(values_), reads(slots.non_finite), writes(slots.curve, curve),
              updates(slots.failed_step), reads(slots.relu_rules), reads(slots.relu_steps),
              writes(relu_rules_), reads(slots.rules), writes(slots.rate), updates(slots.momentum)},
             [slots, values = values_, rules = relu_rules_, steps = step_.curve_steps, count = spec_.slots,
              pictures = spec_.pictures(), images = spec_.images, draws = spec_.draws,
              columns = spec_.goals.columns](const StepOperands& m) {
               return AdvanceSlots{m.write<SlotKey>(slots.keys),
                                   m.network(values).values(),
                                   m.read<std::int32_t>(slots.non_finite),
                                   m.write<double>(slots.curve),
                                   m.write<std::int32_t>(slots.failed_step),
                                   m.read<ReluGradient>(slots.relu_rules),
                                   m.read<std::uint32_t>(slots.relu_steps),
                                   m.network(rules).relu_rules(),
                                   m.read<UpdateRule>(slots.rules),
                                   m.write<float>(slots.rate),
                                   m.write<float>(slots.momentum),
                                   count,
                                   steps,
                                   pictures,
                                   images,
                                   draws,
                                   columns};
             });
  }

  const LaneSpec& spec_;
  const InputScaling& scaling_;
  const std::vector<ViewStage>& stages_;
  LaneStep step_;
  StepBuilder add_;
  int input_ = kNoBuffer, input_gradient_ = kNoBuffer, values_ = kNoBuffer, relu_rules_ = kNoBuffer;
  int views_ = kNoBuffer, blur_ = kNoBuffer;
  StepPlanes shown_, background_, dshown_, dpicture_, dlatent_;
};

}  // namespace

ColourSquash colours_of(const ColourRule& rule, Planar<const float> latent, Planar<float> rgb) {
  return {latent, rgb, rule.matrix, rule.squash, rule.offset};
}

LaneStep plan_step(const LaneSpec& spec, const InputScaling& scaling, const std::vector<ViewStage>& stages,
                   std::size_t network_input_bytes) {
  return StepPlanner(spec, scaling, stages, network_input_bytes).plan();
}

}  // namespace limpid
