#include "engine/optimize/lane.h"

#include <algorithm>
#include <utility>

#include "engine/image/cppn_images.h"
#include "engine/image/side_by_side.h"
#include "engine/network/picture.h"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/step_recorder.h"
#include "kernels/core/error.h"
#include "kernels/ops/advance_slots.h"
#include "kernels/ops/fix_pixels.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/parameter_update.h"

namespace limpid {
namespace {

/// A list has at most 16 transforms, one of which may take two stages; one more enlarges what lucent leaves.
constexpr std::size_t kMostStages = 2 * TransformList::kMostTransforms + 1;

/// Steps the host may be ahead of a GPU, twice: enough that the device never starves, few enough that Ctrl-C
/// and progress are prompt.
constexpr int kStepsPerFence = 16;

}  // namespace

Lane::Lane(Backend& backend, const Stream& stream, const Model& model, const LaneSpec& spec)
    : backend_(backend),
      stream_(stream),
      spec_(spec),
      images_(make_parameterisation(backend, stream, spec.image, spec.all_pictures(), spec.height, spec.width,
                                    {spec.images, spec.goals.photos})),
      scaling_(input_scaling(model.input)),
      parameters_per_image_(images_->layout().total()),
      rgb_{nullptr, spec.all_pictures(), spec.image.picture_planes(), spec.height, spec.width},
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
    mask_ = {nullptr, spec.all_pictures(), spec.mask_planes(), spec.height, spec.width};
    fixed_memory_ = {backend, static_cast<std::size_t>(fixed_.elements())};
    mask_memory_ = {backend, static_cast<std::size_t>(mask_.elements())};
    fixed_.data = fixed_memory_.data();
    mask_.data = mask_memory_.data();
  }
  if (spec.image.alpha) {
    backgrounds_ = std::make_unique<Backgrounds>(backend, stream, spec.image, spec.colours,
                                                 spec.all_pictures(), spec.height, spec.width);
    shown_ = {nullptr, spec.all_pictures(), 3, spec.height, spec.width};
    shown_memory_ = {backend, static_cast<std::size_t>(shown_.elements())};
    shown_.data = shown_memory_.data();
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
    const auto colours = pictures * static_cast<std::size_t>(3 * spec.height * spec.width);
    blurred_memory_ = {backend, colours};
    scratch_ = {backend, colours};
  }

  jobs_.resize(slots);
  started_.resize(slots);
  steps_done_.resize(slots);
  values_.resize(static_cast<std::size_t>(spec.views() * spec.goals.columns));
  failed_step_.resize(slots);
  first_moved_.resize(pictures);

  if (spec.staged) {
    stage_rules_ = {backend, kMostStages};
    stage_maps_ = {backend, kMostStages * pictures};
    nothing_beyond_ = {backend, pictures};
    // The last stage's canvas becomes the network's input as it is.
    slots_.maps.upload(stream, 0, std::vector<AffineMap>(static_cast<std::size_t>(spec.views())));
    for (const auto& [sizes, stages] : every_size(*spec.staged, spec.height, spec.width))
      add_route(model, stages);
  } else {
    add_route(model, {});
  }
  route_ = &routes_.begin()->second;
}

void Lane::add_route(const Model& model, const std::vector<ViewStage>& stages) {
  Route& route = routes_[sizes_of(stages)];
  for (const ViewStage& stage : stages) {
    Planar<float> pixels{nullptr, spec_.all_pictures(), 3, stage.h, stage.w};
    DeviceArray<float> memory(backend_, static_cast<std::size_t>(pixels.elements()));
    pixels.data = memory.data();
    route.canvases.push_back({stage.kind, std::move(memory), pixels});
  }
  route.network = stages.empty() ? &network_for(model, spec_.height, spec_.width)
                                 : &network_for(model, stages.back().h, stages.back().w);
  record(route);
}

NetworkExecutor& Lane::network_for(const Model& model, int height, int width) {
  std::unique_ptr<NetworkExecutor>& network = networks_[{height, width}];
  if (network == nullptr) {
    network = std::make_unique<NetworkExecutor>(
        backend_, stream_, model, plan_of(backend_, model, spec_, height, width), spec_.executor);
  }
  return *network;
}

void Lane::record(Route& route) {
  using ReluRule = NetworkExecutor::ReluRule;
  const NetworkExecutor& network = *route.network;
  for (const ReluRule rule : {ReluRule::ruled, ReluRule::plain}) {
    StepRecorder step(*this, route);
    step.look();
    step.network(network.forward_ops());
    step.network(network.backward_ops(rule));
    step.update();
    route.shape = step.shape();
    route.step_tasks = step.tasks();
    (rule == ReluRule::plain ? route.plain_step : route.ruled_step) = step.record();
  }
  StepRecorder evaluation(*this, route);
  evaluation.look();
  evaluation.network(network.forward_ops());
  evaluation.network(network.backward_ops(), network.objective_op_count());
  evaluation.penalties();
  route.evaluation = evaluation.record();
}

/// Staged views draw on the host, for the sizes of canvases, and so which program runs, hang on what they
/// draw.
void Lane::take_next_route() {
  if (!spec_.staged) return;
  const SlotJob& job = jobs_.front();
  const SlotKey key{job.seed, job.image, static_cast<std::uint32_t>(steps_done_.front())};
  const std::vector<ViewStage> stages =
      stages_of(*spec_.staged, draw_staged(*spec_.staged, key), spec_.height, spec_.width);
  route_ = &routes_.at(sizes_of(stages));
  const auto pictures = static_cast<std::size_t>(spec_.all_pictures());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].kind == ViewStage::Kind::resample) {
      stage_rules_.upload(stream_, i, stages[i].rule);
    } else {
      stage_maps_.upload(stream_, i * pictures, std::vector<AffineMap>(pictures, stages[i].map));
    }
  }
  // Each network has rules of its own, of which the clock moves those of its own steps on.
  const bool ruled = steps_done_.front() < job.redirected_relu;
  set_relu_rules(network(), 0, ruled ? job.relu_gradient : ReluGradient::plain);
}

void Lane::set_relu_rules(NetworkExecutor& network, int slot, ReluGradient rule) {
  const int views = spec_.pictures() * spec_.draws;
  const std::vector<ReluGradient> rules(static_cast<std::size_t>(views), rule);
  backend_.upload(stream_, network.relu_rules() + slot * views, rules.data(),
                  rules.size() * sizeof(ReluGradient));
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
  slots_.failed_step.upload(stream_, i, 0);
  slots_.relu_rules.upload(stream_, i, job.relu_gradient);
  slots_.relu_steps.upload(stream_, i, static_cast<std::uint32_t>(job.redirected_relu));
  set_relu_rules(network(), slot, job.redirected_relu > 0 ? job.relu_gradient : ReluGradient::plain);
  for (int p = first; p < first + pictures; ++p) start_picture(p, job, p - first);
}

void Lane::bind_goals(int first, const Goals& goals) {
  for (const auto& [size, network] : networks_) bind_terms_to(*network, first, goals);
  if (spec_.goals.penalties == 0) return;
  for (int i = 0; i < spec_.images; ++i) {
    const std::vector<PenaltyTerm> terms = bind_penalties(goals, {i, spec_.images, first, 1});
    penalties_.upload(stream_, static_cast<std::size_t>((first + i) * spec_.goals.penalties), terms);
  }
}

void Lane::bind_terms_to(NetworkExecutor& network, int first, const Goals& goals) {
  for (int i = 0; i < spec_.images; ++i) {
    for (int draw = 0; draw < spec_.draws; ++draw) {
      const ImagePlace place{i, spec_.images, first * spec_.draws + draw, spec_.draws};
      const std::vector<TargetTerms> terms = bind_terms(goals, network.plan(), place);
      for (std::size_t t = 0; t < terms.size(); ++t) {
        network.set_terms(static_cast<int>(t), place.batch_index(i), terms[t]);
      }
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
    fix(picture++, *photo, everywhere, true);
  }
}

/// Keeps a picture's colours under a mask, and, where it is to be `opaque`, an alpha of 1 everywhere.
void Lane::fix(int picture, const Image& pixels, const std::vector<float>& mask, bool opaque) {
  const auto p = static_cast<std::size_t>(picture);
  std::vector<float> planes(static_cast<std::size_t>(fixed_.c) * mask.size(), 1.0F);
  write_picture(pixels, {1, {0, 0, 0}, {0, 1, 2}}, {planes.data(), 1, fixed_.c, spec_.height, spec_.width},
                0);
  fixed_memory_.upload(stream_, p * planes.size(), planes);
  std::vector<float> masks = mask;
  for (int plane = 1; plane < mask_.c; ++plane) {
    if (plane < 3) {
      masks.insert(masks.end(), mask.begin(), mask.end());
    } else {
      masks.resize(masks.size() + mask.size(), opaque ? 1.0F : 0.0F);
    }
  }
  mask_memory_.upload(stream_, p * masks.size(), masks);
}

void Lane::start_picture(int picture, const SlotJob& job, int number) {
  const auto p = static_cast<std::size_t>(picture);
  slots_.keys.upload(stream_, p, SlotKey{job.seed, job.image + static_cast<std::uint32_t>(number), 0});
  if (!spec_.staged) {
    const TransformList list = device_list(job.transforms, spec_.height, spec_.width);
    slots_.lists.upload(stream_, p, list);
    slots_.fill.upload(stream_, p, list.fill);
  }
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
    const std::int64_t first_of_job = picture / spec_.pictures() * spec_.pictures() * parameters_per_image_;
    if (first != first_of_job) {
      images_->share_start(stream_, parameters_.data() + first_of_job, parameters_.data() + first);
    }
    return;
  }
  const std::vector<float> parameters = images_->encode(
      latent_of_photo(job.init->image, spec_.colours, spec_.image.grayscale, spec_.image.alpha));
  parameters_.upload(stream_, static_cast<std::size_t>(first), std::span<const float>(parameters));
}

/// The photo itself where there is one, for an inverse rounds; else what the fresh parameters look like.
void Lane::start_mask(int picture, const SlotJob& job) {
  if (job.init == nullptr) decode();
  fix(picture, job.init != nullptr ? job.init->image : read(picture), job.mask->values, false);
}

void Lane::step() {
  take_next_route();
  bool ruled = false;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    ruled |= started_[i] != 0 && steps_done_[i] < jobs_[i].redirected_relu;
    ++steps_done_[i];
  }
  (ruled ? route_->ruled_step : route_->plain_step)->run(stream_);
  if (++steps_since_fence_ < kStepsPerFence) return;
  steps_since_fence_ = 0;
  older_->wait();
  std::swap(older_, newer_);
  newer_->mark(stream_);
}

void Lane::evaluate() {
  take_next_route();
  route_->evaluation->run(stream_);
}

int Lane::steps_done(int slot) const {
  return steps_done_[static_cast<std::size_t>(slot)];
}

void Lane::synchronise() {
  backend_.download(stream_, values_.data(), route_->network->values(), values_.size() * sizeof(double));
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
  const std::string operation = network().first_non_finite();
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
      "what may help: {}",
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
  return read_picture({planes.data(), 1, rgb_.c, spec_.height, spec_.width}, 0);
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
  DeviceArray<float> rgb_memory(backend_, static_cast<std::size_t>(rgb_.c) * pixels);
  Image image{height, width, {}};
  image.rgb.reserve(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3);
  for (int row = 0; row < height; row += band) {
    const int rows = std::min(band, height - row);
    const Planar<float> latent{latent_memory.data(), 1, planes, rows, width};
    const Planar<float> rgb{rgb_memory.data(), 1, rgb_.c, rows, width};
    decode_cppn_rows(backend_, stream_, parameters_.data() + picture * parameters_per_image_, latent, height,
                     row);
    backend_.run(stream_, colours_of(spec_.colours, latent, rgb));
    std::vector<float> values(static_cast<std::size_t>(rgb.elements()));
    rgb_memory.download(stream_, 0, values);
    const Image part = read_picture({values.data(), 1, rgb_.c, rows, width}, 0);
    image.rgb.insert(image.rgb.end(), part.rgb.begin(), part.rgb.end());
    image.alpha.insert(image.alpha.end(), part.alpha.begin(), part.alpha.end());
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
