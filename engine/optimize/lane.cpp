#include "engine/optimize/lane.h"

#include <algorithm>
#include <utility>

#include "engine/image/cppn_images.h"
#include "engine/network/picture.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/core/error.h"
#include "kernels/ops/adam.h"
#include "kernels/ops/advance_slots.h"
#include "kernels/ops/fix_pixels.h"

namespace limpid {
namespace {

/// Lucid redirects ReLUs while its step counter is at most 16: the first 17 updates.
constexpr std::uint32_t kRedirectedSteps = 17;

/// Steps the host may be ahead of a GPU, twice: enough that the device never starves, few enough that Ctrl-C
/// and progress are prompt.
constexpr int kStepsPerFence = 16;

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
  kNonFinite = -17,
  kFixed = -18,  ///< Masks, and what they keep.
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
    if (l_.spec_.masked) {
      add("fixed pixels", call(FixPixels{l_.rgb_, l_.fixed_, l_.mask_}), {{kRgb, true}, {kFixed, false}});
    }
    add("views",
        call(DrawAugmentation{l_.slots_.keys.data(), l_.slots_.ranges.data(), l_.slots_.views.data(),
                              l_.spec_.slots, l_.spec_.height, l_.spec_.width, l_.spec_.height,
                              l_.spec_.width}),
        {{kSlotClock, false}, {kViews, true}});
    Warp warp{l_.rgb_, l_.network_.input(), l_.slots_.views.data(), l_.slots_.fill.data(), l_.scaling_};
    warp.grouped = l_.network_.grouped_input();
    add("warp", call(warp), {{kRgb, false}, {kViews, false}, {NetworkMemory::input, true}});
  }

  void network(const std::vector<NetworkExecutor::BoundOp>& ops, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      tasks_.push_back({ops[i].name, ops[i].run, {}});
      uses_.push_back(ops[i].uses);
    }
  }
  void network(const std::vector<NetworkExecutor::BoundOp>& ops) { network(ops, ops.size()); }

  /// The network's input gradient to parameters, and the update.
  void update() {
    WarpAdjoint adjoint{l_.network_.input_gradient(), l_.gradient_, l_.slots_.views.data(), l_.scaling_};
    adjoint.grouped = l_.network_.grouped_input_gradient();
    adjoint.gradient_scale = 1 / l_.network_.gradient_scale();
    add("warp adjoint", call(adjoint),
        {{NetworkMemory::input_gradient, false}, {kViews, false}, {kRgbGradient, true}});
    if (l_.spec_.masked) {
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
    add("adam",
        call(Adam{l_.parameters_.data(), l_.first_moment_.data(), l_.second_moment_.data(),
                  l_.images_->parameter_gradient(l_.latent_gradient_), l_.images_->gradient_scale(),
                  l_.slots_.keys.data(), l_.slots_.learning_rate.data(), l_.slots_.non_finite.data(),
                  l_.spec_.slots, l_.images_->layout().planes, l_.images_->layout().count}),
        {{kParameters, true},
         {kParameterGradient, false},
         {kRgbGradient, false},
         {kSlotClock, false},
         {kNonFinite, true}});
    add("clock",
        call(AdvanceSlots{l_.slots_.keys.data(), l_.network_.values(), l_.slots_.non_finite.data(),
                          l_.slots_.curve.data(), l_.slots_.failed_step.data(),
                          l_.slots_.redirected_steps.data(), l_.network_.redirect(), l_.spec_.slots,
                          l_.slots_.curve_steps}),
        {{kSlotClock, true},
         {kNonFinite, false},
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
      images_(make_parameterisation(backend, stream, spec.image, spec.slots, spec.height, spec.width)),
      scaling_(input_scaling(model.input)),
      parameters_per_image_(images_->layout().total()),
      rgb_{nullptr, spec.slots, 3, spec.height, spec.width},
      gradient_(rgb_),
      // The value after the last update belongs to the curve too.
      slots_(backend, spec.slots, spec.most_steps + 1),
      older_(backend.make_fence()),
      newer_(backend.make_fence()) {
  const auto slots = static_cast<std::size_t>(spec.slots);
  const std::size_t parameters = slots * static_cast<std::size_t>(parameters_per_image_);
  parameters_ = {backend, parameters};
  first_moment_ = {backend, parameters};
  second_moment_ = {backend, parameters};
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
  if (spec.masked) {
    mask_ = {nullptr, spec.slots, 1, spec.height, spec.width};
    fixed_ = rgb_;
    mask_memory_ = {backend, static_cast<std::size_t>(mask_.elements())};
    fixed_memory_ = {backend, static_cast<std::size_t>(fixed_.elements())};
    mask_.data = mask_memory_.data();
    fixed_.data = fixed_memory_.data();
  }
  slots_.ranges.upload(stream, 0, std::vector<AugmentationRange>(slots));

  jobs_.resize(slots);
  started_.resize(slots);
  steps_done_.resize(slots);
  values_.resize(slots);
  failed_step_.resize(slots);

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
  evaluation_ = evaluation.record();
}

void Lane::start(int slot, const SlotJob& job) {
  const auto i = static_cast<std::size_t>(slot);
  network_.set_term(0, slot, term_of(job.objective, network_.plan().targets.front()));
  jobs_[i] = job;
  started_[i] = 1;
  steps_done_[i] = 0;
  values_[i] = 0;
  failed_step_[i] = 0;
  const std::uint32_t redirected = job.redirected_relu ? kRedirectedSteps : 0;
  const std::int32_t redirect = redirected > 0 ? 1 : 0;
  slots_.keys.upload(stream_, i, SlotKey{job.seed, job.image, 0});
  slots_.ranges.upload(stream_, i, range_of(job.augmentation));
  slots_.fill.upload(stream_, i, job.augmentation.fill);
  slots_.learning_rate.upload(stream_, i, job.learning_rate);
  slots_.non_finite.upload(stream_, i, 0);
  slots_.failed_step.upload(stream_, i, 0);
  slots_.redirected_steps.upload(stream_, i, redirected);
  backend_.upload(stream_, network_.redirect() + slot, &redirect, sizeof redirect);
  const auto first = i * static_cast<std::size_t>(parameters_per_image_);
  const std::vector<float> zeros(static_cast<std::size_t>(parameters_per_image_));
  first_moment_.upload(stream_, first, std::span<const float>(zeros));
  second_moment_.upload(stream_, first, std::span<const float>(zeros));
  start_parameters(slot, job);
  if (spec_.masked) start_mask(slot, job);
}

void Lane::start_parameters(int slot, const SlotJob& job) {
  const auto first = static_cast<std::size_t>(slot * parameters_per_image_);
  if (job.init == nullptr) {
    images_->initialise(stream_, parameters_.data() + first, slots_.keys.data() + slot,
                        job.initial_deviation);
    return;
  }
  const std::vector<float> parameters =
      images_->encode(latent_of_photo(job.init->image, spec_.colours, spec_.image.grayscale));
  parameters_.upload(stream_, first, std::span<const float>(parameters));
}

/// The photo itself where there is one, for an inverse rounds; else what the fresh parameters look like.
void Lane::start_mask(int slot, const SlotJob& job) {
  const auto pixels = static_cast<std::size_t>(mask_.elements() / spec_.slots);
  const auto i = static_cast<std::size_t>(slot);
  mask_memory_.upload(stream_, i * pixels, std::span<const float>(job.mask->values));
  const Image start = job.init != nullptr ? job.init->image : unmasked_picture(slot);
  std::vector<float> planes(3 * pixels);
  write_picture(start, {1, {0, 0, 0}, {0, 1, 2}}, {planes.data(), 1, 3, spec_.height, spec_.width}, 0);
  fixed_memory_.upload(stream_, i * planes.size(), std::span<const float>(planes));
}

void Lane::step() {
  bool redirected = false;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    redirected |=
        started_[i] != 0 && jobs_[i].redirected_relu && steps_done_[i] < static_cast<int>(kRedirectedSteps);
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
  for (std::size_t i = 0; i < started_.size(); ++i) {
    if (started_[i] == 0) failed_step_[i] = 0;
  }
}

std::string Lane::describe_failure(int slot, int step) {
  const SlotJob& job = jobs_[static_cast<std::size_t>(slot)];
  const std::string operation = network_.first_non_finite();
  return fmt::format("{}, seed {}: step {}: {} is not finite; a lower learning rate may help",
                     to_string(job.objective), job.seed, step,
                     operation.empty() ? "the gradient" : "the result of " + operation);
}

std::vector<double> Lane::curve(int slot) {
  const auto i = static_cast<std::size_t>(slot);
  std::vector<double> values(static_cast<std::size_t>(std::min(steps_done_[i], slots_.curve_steps)));
  slots_.curve.download(stream_, i * static_cast<std::size_t>(slots_.curve_steps), values);
  return values;
}

void Lane::decode() {
  const Planar<const float> latent = images_->decode(stream_, parameters_.data());
  backend_.run(stream_, colours_of(spec_.colours, latent, rgb_));
}

Image Lane::read(int slot) {
  const auto count = static_cast<std::size_t>(rgb_.elements() / spec_.slots);
  std::vector<float> planes(count);
  rgb_memory_.download(stream_, static_cast<std::size_t>(slot) * count, planes);
  return read_picture({planes.data(), 1, 3, spec_.height, spec_.width}, 0);
}

Image Lane::picture(int slot) {
  decode();
  if (spec_.masked) backend_.run(stream_, FixPixels{rgb_, fixed_, mask_});
  return read(slot);
}

Image Lane::picture_at(int slot, int height, int width) {
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
    decode_cppn_rows(backend_, stream_, parameters_.data() + slot * parameters_per_image_, latent, height,
                     row);
    backend_.run(stream_, colours_of(spec_.colours, latent, rgb));
    std::vector<float> values(static_cast<std::size_t>(rgb.elements()));
    rgb_memory.download(stream_, 0, values);
    const Image part = read_picture({values.data(), 1, 3, rows, width}, 0);
    image.rgb.insert(image.rgb.end(), part.rgb.begin(), part.rgb.end());
  }
  return image;
}

Image Lane::unmasked_picture(int slot) {
  decode();
  return read(slot);
}

Image Lane::picture_looked_at(int slot) {
  return read(slot);
}

std::vector<float> Lane::parameters(int slot) {
  std::vector<float> values(static_cast<std::size_t>(parameters_per_image_));
  parameters_.download(stream_, static_cast<std::size_t>(slot) * values.size(), values);
  return values;
}

}  // namespace limpid
