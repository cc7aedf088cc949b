#include "engine/optimize/lane.h"

#include <algorithm>
#include <utility>

#include "engine/image/cppn_images.h"
#include "engine/image/side_by_side.h"
#include "engine/network/picture.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/core/error.h"
#include "kernels/ops/advance_slots.h"
#include "kernels/ops/fix_pixels.h"
#include "kernels/ops/gaussian_blur.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/parameter_update.h"
#include "kernels/ops/view_warp.h"

namespace limpid {
namespace {

/// Steps the host may be ahead of a GPU, twice: enough that the device never starves, few enough that Ctrl-C
/// and progress are prompt.
constexpr int kStepsPerFence = 16;

ColourSquash colours_of(const ColourRule& rule, Planar<const float> latent, Planar<float> rgb) {
  return {latent, rgb, rule.matrix, rule.squash, rule.offset};
}

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
};

}  // namespace

/// Collects the operations of a step with what they use, and makes programs of them.
class Lane::StepRecorder {
 public:
  explicit StepRecorder(Lane& lane) : l_(lane) {}

  /// Parameters to network input.
  void look() {
    add("parameters to latent", [&l = l_](const Stream& s) { l.images_->decode(s, l.parameters_.data()); },
        {{kParameters, false}, {kLatent, true}, {kParameterGradient, true}});
    const Planar<const float> latent = l_.images_->latent(l_.parameters_.data());
    add("colours", call(colours_of(l_.spec_.colours, latent, l_.rgb_)), {{kLatent, false}, {kRgb, true}});
    if (l_.spec_.fixes_pixels()) {
      add("fixed pixels", call(FixPixels{l_.rgb_, l_.fixed_, l_.mask_}), {{kRgb, true}, {kFixed, false}});
    }
    draw_views();
    const bool blur = l_.spec_.needs.blur;
    if (blur) {
      const Planar<float> scratch = picture_in(l_.scratch_), blurred = picture_in(l_.blurred_memory_);
      add("blur rows", call(GaussianBlur{l_.rgb_, scratch, l_.blur_.data()}),
          {{kRgb, false}, {kViews, false}, {kBlurScratch, true}});
      add("blur columns", call(GaussianBlur{scratch, blurred, l_.blur_.data(), BlurAxis::columns}),
          {{kBlurScratch, false}, {kViews, false}, {kBlurred, true}});
    }
    const Planar<const float> seen = blur ? picture_in(l_.blurred_memory_) : l_.rgb_;
    const std::vector<Use> uses = {
        {blur ? kBlurred : kRgb, false}, {kViews, false}, {NetworkMemory::input, true}};
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

  void network(const std::vector<NetworkExecutor::BoundOp>& ops, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      tasks_.push_back({ops[i].name, ops[i].run, {}});
      uses_.push_back(ops[i].uses);
    }
  }
  void network(const std::vector<NetworkExecutor::BoundOp>& ops) { network(ops, ops.size()); }

  /// Terms on the pictures themselves: their values and, in a step, their gradient.
  void penalties() {
    if (l_.spec_.goals.penalties == 0) return;
    const GoalShape& goals = l_.spec_.goals;
    add("penalties",
        call(ImagePenalty{l_.rgb_, l_.gradient_, l_.penalties_.data(), l_.network_.values(),
                          l_.penalty_sums_.data(), l_.penalty_residual_.data(), goals.penalties,
                          goals.columns, l_.spec_.draws, static_cast<double>(l_.spec_.draws)}),
        {{kRgb, false}, {kRgbGradient, true}, {NetworkMemory::values, true}});
  }

  /// The network's input gradient to parameters, and the update.
  void update() {
    const std::vector<Use> uses = {
        {NetworkMemory::input_gradient, false}, {kViews, false}, {kRgbGradient, true}};
    const Planar<const float> dnetwork = l_.network_.input_gradient();
    const Tensor grouped = l_.network_.grouped_input_gradient();
    const float scale = 1 / l_.network_.gradient_scale();
    if (l_.spec_.needs.views) {
      add("warp adjoint",
          call(ViewWarpAdjoint{dnetwork, l_.gradient_, l_.views_.data(), l_.scaling_, grouped, scale,
                               l_.spec_.draws}),
          uses);
    } else {
      add("warp adjoint",
          call(WarpAdjoint{dnetwork, l_.gradient_, l_.slots_.maps.data(), l_.scaling_, grouped, scale,
                           l_.spec_.draws}),
          uses);
    }
    if (l_.spec_.needs.blur) {
      const Planar<float> scratch = picture_in(l_.scratch_);
      add("blur columns adjoint",
          call(GaussianBlur{l_.gradient_, scratch, l_.blur_.data(), BlurAxis::columns, true}),
          {{kRgbGradient, false}, {kViews, false}, {kBlurScratch, true}});
      add("blur rows adjoint",
          call(GaussianBlur{scratch, l_.gradient_, l_.blur_.data(), BlurAxis::rows, true}),
          {{kBlurScratch, false}, {kViews, false}, {kRgbGradient, true}});
    }
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
        [&l = l_](const Stream& s) {
          l.images_->decode_adjoint(s, l.parameters_.data(), l.latent_gradient_);
        },
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

  const std::vector<Task>& tasks() const { return tasks_; }

  Shape shape() const { return {static_cast<int>(tasks_.size()), longest_chain(dependencies(uses_))}; }

  std::unique_ptr<Program> record() {
    const std::vector<std::vector<int>> after = dependencies(uses_);
    for (std::size_t i = 0; i < tasks_.size(); ++i) tasks_[i].after = after[i];
    return l_.backend_.record(l_.stream_, std::move(tasks_));
  }

 private:
  struct Use {
    int memory;
    bool write;
  };

  void update_parameters() {
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
        call(ParameterUpdate{l_.parameters_.data(), l_.first_moment_.data(), l_.second_moment_.data(),
                             gradient, scale, l_.slots_.keys.data(), l_.slots_.rules.data(),
                             l_.slots_.rate.data(), l_.slots_.momentum.data(), l_.gradient_factor_.data(),
                             l_.slots_.non_finite.data(), l_.slots_.first_moved.data(), pictures, planes,
                             count}),
        {{kParameters, true},
         {kParameterGradient, false},
         {kRgbGradient, false},
         {kGradientNorm, false},
         {kSlotClock, false},
         {kUpdateFlags, true}});
  }

  void draw_views() {
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

  /// Pictures of all slots, in memory of their size.
  Planar<float> picture_in(DeviceArray<float>& memory) const {
    return {memory.data(), l_.rgb_.n, l_.rgb_.c, l_.rgb_.h, l_.rgb_.w};
  }

  template <class Op>
  std::function<void(const Stream&)> call(const Op& op) const {
    return [&backend = l_.backend_, op](const Stream& stream) { backend.run(stream, op); };
  }

  void add(std::string name, std::function<void(const Stream&)> run, const std::vector<Use>& uses) {
    tasks_.push_back({std::move(name), std::move(run), {}});
    uses_.emplace_back();
    for (const Use& use : uses) uses_.back().push_back(whole_memory(use.memory, use.write));
  }

  Lane& l_;
  std::vector<Task> tasks_;
  std::vector<std::vector<MemoryUse>> uses_;
};

Lane::Lane(Backend& backend, const Stream& stream, const Model& model, const LaneSpec& spec)
    : backend_(backend),
      stream_(stream),
      spec_(spec),
      network_(backend, stream, model, plan_of(backend, model, spec), spec.executor),
      images_(
          make_parameterisation(backend, stream, spec.image, spec.all_pictures(), spec.height, spec.width)),
      scaling_(input_scaling(model.input)),
      parameters_per_image_(images_->layout().total()),
      rgb_{nullptr, spec.all_pictures(), 3, spec.height, spec.width},
      gradient_(rgb_),
      // The value after the last update belongs to the curve too.
      slots_(backend, spec, spec.most_steps + 1),
      older_(backend.make_fence()),
      newer_(backend.make_fence()) {
  const auto slots = static_cast<std::size_t>(spec.slots);
  const auto pictures = static_cast<std::size_t>(spec.all_pictures());
  const std::size_t parameters = pictures * static_cast<std::size_t>(parameters_per_image_);
  parameters_ = {backend, parameters};
  first_moment_ = {backend, parameters};
  second_moment_ = {backend, parameters};
  if (spec.normalise_gradient) {
    norm_parts_ = {backend, pictures * kGradientNormParts};
    gradient_factor_ = {backend, pictures};
  }
  rgb_memory_ = {backend, static_cast<std::size_t>(rgb_.elements())};
  gradient_memory_ = {backend, static_cast<std::size_t>(rgb_.elements())};
  rgb_.data = rgb_memory_.data();
  gradient_.data = gradient_memory_.data();
  latent_gradient_ = gradient_;
  if (spec.image.latent_planes() != gradient_.c) {
    latent_gradient_.c = spec.image.latent_planes();
    latent_gradient_memory_ = {backend, static_cast<std::size_t>(latent_gradient_.elements())};
    latent_gradient_.data = latent_gradient_memory_.data();
  }
  if (spec.fixes_pixels()) {
    fixed_ = rgb_;
    mask_ = {nullptr, spec.all_pictures(), 1, spec.height, spec.width};
    fixed_memory_ = {backend, static_cast<std::size_t>(fixed_.elements())};
    mask_memory_ = {backend, static_cast<std::size_t>(mask_.elements())};
    fixed_.data = fixed_memory_.data();
    mask_.data = mask_memory_.data();
  }
  if (spec.goals.penalties > 0) {
    penalties_ = {backend, pictures * static_cast<std::size_t>(spec.goals.penalties)};
    penalties_.upload(stream, 0, std::vector<PenaltyTerm>(penalties_.size()));
    penalty_sums_ = {backend, penalty_sums(spec.all_pictures(), spec.goals.penalties)};
    penalty_residual_ = {backend, static_cast<std::size_t>(rgb_.elements())};
  }
  if (spec.needs.views) views_ = {backend, static_cast<std::size_t>(spec.views())};
  if (spec.needs.blur) {
    blur_ = {backend, pictures};
    blurred_memory_ = {backend, static_cast<std::size_t>(rgb_.elements())};
    scratch_ = {backend, static_cast<std::size_t>(rgb_.elements())};
  }

  jobs_.resize(slots);
  started_.resize(slots);
  steps_done_.resize(slots);
  values_.resize(static_cast<std::size_t>(spec.views() * spec.goals.columns));
  failed_step_.resize(slots);
  first_moved_.resize(pictures);

  using ReluRule = NetworkExecutor::ReluRule;
  for (const ReluRule rule : {ReluRule::redirected, ReluRule::plain}) {
    StepRecorder step(*this);
    step.look();
    step.network(network_.forward_ops());
    step.network(network_.backward_ops(rule));
    step.update();
    shape_ = step.shape();
    step_tasks_ = step.tasks();
    (rule == ReluRule::plain ? plain_step_ : redirected_step_) = step.record();
  }
  StepRecorder evaluation(*this);
  evaluation.look();
  evaluation.network(network_.forward_ops());
  evaluation.network(network_.backward_ops(), network_.objective_op_count());
  evaluation.penalties();
  evaluation_ = evaluation.record();
}

void Lane::start(int slot, const SlotJob& job) {
  const int pictures = spec_.pictures();
  const int first = slot * pictures;
  bind_goals(first, job.goals);
  if (spec_.goals.photos > 0) fix_photos(slot, photos_of(job.goals));

  const auto i = static_cast<std::size_t>(slot);
  jobs_[i] = job;
  started_[i] = 1;
  steps_done_[i] = 0;
  std::fill_n(values_.begin() + first * spec_.draws * spec_.goals.columns,
              pictures * spec_.draws * spec_.goals.columns, 0.0);
  failed_step_[i] = 0;
  const auto redirected = static_cast<std::uint32_t>(job.redirected_relu);
  slots_.failed_step.upload(stream_, i, 0);
  slots_.redirected_steps.upload(stream_, i, redirected);
  const std::vector<std::int32_t> redirect(static_cast<std::size_t>(pictures * spec_.draws),
                                           redirected > 0 ? 1 : 0);
  backend_.upload(stream_, network_.redirect() + first * spec_.draws, redirect.data(),
                  redirect.size() * sizeof(std::int32_t));
  for (int p = first; p < first + pictures; ++p) start_picture(p, job, p - first);
}

void Lane::bind_goals(int first, const Goals& goals) {
  for (int i = 0; i < spec_.images; ++i) {
    for (int draw = 0; draw < spec_.draws; ++draw) {
      const ImagePlace place{i, spec_.images, first * spec_.draws + draw, spec_.draws};
      const std::vector<TargetTerms> terms = bind_terms(goals, network_.plan(), place);
      for (std::size_t t = 0; t < terms.size(); ++t) {
        network_.set_terms(static_cast<int>(t), place.batch_index(i), terms[t]);
      }
    }
    if (spec_.goals.penalties > 0) {
      const std::vector<PenaltyTerm> terms = bind_penalties(goals, {i, spec_.images, first, 1});
      penalties_.upload(stream_, static_cast<std::size_t>((first + i) * spec_.goals.penalties), terms);
    }
  }
}

void Lane::fix_photos(int slot, const std::vector<std::shared_ptr<const Image>>& photos) {
  int picture = slot * spec_.pictures() + spec_.images;
  const std::vector<float> everywhere(static_cast<std::size_t>(spec_.height * spec_.width), 1.0F);
  for (const std::shared_ptr<const Image>& photo : photos) {
    if (photo->height != spec_.height || photo->width != spec_.width) {
      fail_usage(
          "the photo of an objective is {}x{} (height x width) and the picture {}x{}: make them the same",
          photo->height, photo->width, spec_.height, spec_.width);
    }
    fix(picture++, *photo, everywhere);
  }
}

/// Keeps a picture's pixels under a mask.
void Lane::fix(int picture, const Image& pixels, const std::vector<float>& mask) {
  const auto p = static_cast<std::size_t>(picture);
  std::vector<float> planes(3 * mask.size());
  write_picture(pixels, {1, {0, 0, 0}, {0, 1, 2}}, {planes.data(), 1, 3, spec_.height, spec_.width}, 0);
  fixed_memory_.upload(stream_, p * planes.size(), planes);
  mask_memory_.upload(stream_, p * mask.size(), mask);
}

void Lane::start_picture(int picture, const SlotJob& job, int number) {
  const auto p = static_cast<std::size_t>(picture);
  slots_.keys.upload(stream_, p, SlotKey{job.seed, job.image + static_cast<std::uint32_t>(number), 0});
  const TransformList list = device_list(job.transforms, spec_.height, spec_.width);
  slots_.lists.upload(stream_, p, list);
  slots_.fill.upload(stream_, p, list.fill);
  // What is compared with a photo is seen as the photo is.
  slots_.follow.upload(stream_, p,
                       static_cast<std::int32_t>(spec_.goals.photos > 0 ? picture - number : picture));
  slots_.rules.upload(stream_, p, job.update);
  slots_.rate.upload(stream_, p, scheduled_rate(job.update, 0));
  slots_.momentum.upload(stream_, p, 1.0F);
  slots_.non_finite.upload(stream_, p, 0);
  slots_.first_moved.upload(stream_, p, 0);
  first_moved_[p] = 0;
  const auto first = p * static_cast<std::size_t>(parameters_per_image_);
  const std::vector<float> zeros(static_cast<std::size_t>(parameters_per_image_));
  first_moment_.upload(stream_, first, std::span<const float>(zeros));
  second_moment_.upload(stream_, first, std::span<const float>(zeros));
  start_parameters(picture, job);
  if (spec_.masked && number < spec_.images) start_mask(picture, job);
}

void Lane::start_parameters(int picture, const SlotJob& job) {
  const std::int64_t first = picture * parameters_per_image_;
  if (job.init == nullptr) {
    images_->initialise(stream_, parameters_.data() + first, slots_.keys.data() + picture,
                        job.initial_deviation);
    return;
  }
  const std::vector<float> parameters =
      images_->encode(latent_of_photo(job.init->image, spec_.colours, spec_.image.grayscale));
  parameters_.upload(stream_, static_cast<std::size_t>(first), std::span<const float>(parameters));
}

/// The photo itself where there is one, for an inverse rounds; else what the fresh parameters look like.
void Lane::start_mask(int picture, const SlotJob& job) {
  if (job.init == nullptr) decode();
  fix(picture, job.init != nullptr ? job.init->image : read(picture), job.mask->values);
}

void Lane::step() {
  bool redirected = false;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    redirected |= started_[i] != 0 && steps_done_[i] < jobs_[i].redirected_relu;
    ++steps_done_[i];
  }
  (redirected ? redirected_step_ : plain_step_)->run(stream_);
  if (++steps_since_fence_ < kStepsPerFence) return;
  steps_since_fence_ = 0;
  older_->wait();
  std::swap(older_, newer_);
  newer_->mark(stream_);
}

void Lane::evaluate() {
  evaluation_->run(stream_);
}

int Lane::steps_done(int slot) const {
  return steps_done_[static_cast<std::size_t>(slot)];
}

void Lane::synchronise() {
  backend_.download(stream_, values_.data(), network_.values(), values_.size() * sizeof(double));
  slots_.failed_step.download(stream_, 0, failed_step_);
  slots_.first_moved.download(stream_, 0, first_moved_);
  for (std::size_t i = 0; i < started_.size(); ++i) {
    if (started_[i] == 0) failed_step_[i] = 0;
  }
}

double Lane::value(int slot, int column) const {
  const int rows = spec_.pictures() * spec_.draws;
  return slot_value(values_.data() + slot * rows * spec_.goals.columns, spec_.images, spec_.draws,
                    spec_.goals.columns, column);
}

std::string Lane::describe_failure(int slot, int step) {
  const SlotJob& job = jobs_[static_cast<std::size_t>(slot)];
  const std::string operation = network_.first_non_finite();
  return fmt::format("{}, seed {}: step {}: {} is not finite; a lower learning rate may help",
                     to_string(job.goals.objective), job.seed, step,
                     operation.empty() ? "the gradient" : "the result of " + operation);
}

int Lane::first_moved(int slot) const {
  int first = 0;
  for (int i = 0; i < spec_.images; ++i) {
    const int moved = first_moved_[static_cast<std::size_t>(slot * spec_.pictures() + i)];
    if (moved != 0 && (first == 0 || moved < first)) first = moved;
  }
  return first;
}

std::string Lane::describe_silence(int slot, int steps) const {
  const SlotJob& job = jobs_[static_cast<std::size_t>(slot)];
  std::string help = "another seed";
  if (!job.goals.objective.leading().pre_relu) {
    help = "the objective before the ReLU (:pre), where it has a slope, or " + help;
  }
  if (job.redirected_relu == 0) help = "the redirected ReLU, which wakes silent units, " + help;
  return fmt::format(
      "{}, seed {}: the gradient was zero everywhere in the first {} steps, so the picture never changed; "
      "what "
      "may help: {}",
      to_string(job.goals.objective), job.seed, steps, help);
}

std::vector<double> Lane::curve_part(int slot, int first, int count) {
  const std::int64_t row = std::int64_t{slot} * spec_.goals.columns * slots_.curve_steps;
  std::vector<double> values(static_cast<std::size_t>(count));
  slots_.curve.download(stream_, static_cast<std::size_t>(row + first), values);
  return values;
}

std::vector<double> Lane::curve(int slot, int column) {
  const int done = std::min(steps_done_[static_cast<std::size_t>(slot)], slots_.curve_steps);
  std::vector<double> values(static_cast<std::size_t>(done));
  const auto row = static_cast<std::size_t>(slot * spec_.goals.columns + column);
  slots_.curve.download(stream_, row * static_cast<std::size_t>(slots_.curve_steps), values);
  return values;
}

void Lane::decode() {
  const Planar<const float> latent = images_->decode(stream_, parameters_.data());
  backend_.run(stream_, colours_of(spec_.colours, latent, rgb_));
}

Image Lane::read(int picture) {
  const auto count = static_cast<std::size_t>(rgb_.elements() / spec_.all_pictures());
  std::vector<float> planes(count);
  rgb_memory_.download(stream_, static_cast<std::size_t>(picture) * count, planes);
  return read_picture({planes.data(), 1, 3, spec_.height, spec_.width}, 0);
}

Image Lane::picture_looked_at(int slot) {
  std::vector<Image> images;
  for (int i = 0; i < spec_.images; ++i) images.push_back(read(slot * spec_.pictures() + i));
  return side_by_side(images);
}

Image Lane::picture(int slot) {
  decode();
  if (spec_.fixes_pixels()) backend_.run(stream_, FixPixels{rgb_, fixed_, mask_});
  return picture_looked_at(slot);
}

Image Lane::picture_at(int slot, int height, int width) {
  std::vector<Image> images;
  for (int i = 0; i < spec_.images; ++i) {
    images.push_back(enlarged(slot * spec_.pictures() + i, height, width));
  }
  return side_by_side(images);
}

Image Lane::enlarged(int picture, int height, int width) {
  constexpr std::int64_t kBandPixels = 1 << 18;
  const int band = static_cast<int>(std::clamp<std::int64_t>(kBandPixels / width, 1, height));
  const int planes = spec_.image.latent_planes();
  const auto pixels = static_cast<std::size_t>(band) * static_cast<std::size_t>(width);
  DeviceArray<float> latent_memory(backend_, static_cast<std::size_t>(planes) * pixels);
  DeviceArray<float> rgb_memory(backend_, 3 * pixels);
  Image image{height, width, {}};
  image.rgb.reserve(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3);
  for (int row = 0; row < height; row += band) {
    const int rows = std::min(band, height - row);
    const Planar<float> latent{latent_memory.data(), 1, planes, rows, width};
    const Planar<float> rgb{rgb_memory.data(), 1, 3, rows, width};
    decode_cppn_rows(backend_, stream_, parameters_.data() + picture * parameters_per_image_, latent, height,
                     row);
    backend_.run(stream_, colours_of(spec_.colours, latent, rgb));
    std::vector<float> values(static_cast<std::size_t>(rgb.elements()));
    rgb_memory.download(stream_, 0, values);
    const Image part = read_picture({values.data(), 1, 3, rows, width}, 0);
    image.rgb.insert(image.rgb.end(), part.rgb.begin(), part.rgb.end());
  }
  return image;
}

std::vector<float> Lane::parameters(int slot) {
  std::vector<float> values(static_cast<std::size_t>(parameters_per_image_ * spec_.images));
  parameters_.download(stream_, static_cast<std::size_t>(slot * spec_.pictures() * parameters_per_image_),
                       values);
  return values;
}

}  // namespace limpid
