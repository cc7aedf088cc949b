#include "engine/job/render_job.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/grid/compute_identity.h"
#include "engine/job/job_options_json.h"
#include "engine/job/job_state.h"
#include "engine/job/steering_json.h"
#include "engine/network/check_view.h"
#include "engine/network/layers.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/options/image_options.h"
#include "kernels/backend.h"
#include "kernels/core/error.h"
#include "weights/model_digest.h"
#include "weights/validate.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

constexpr const char* kName = "job";

/// Steps between looks at a GPU's results, each of which waits for the device.
constexpr int kPollSteps = 32;

std::shared_ptr<const Model> checked(std::shared_ptr<const Model> model, const JobOptions& options) {
  if (model == nullptr) fail_usage("a job needs a model");
  check_structure(*model, "the model");
  check_job_options(options, *model);
  return model;
}

/// Adds the caller's targets to the lane's. Returns their places among them.
std::vector<int> add_targets(const Model& model, const std::vector<std::string>& names, LaneSpec& spec) {
  std::vector<TargetRequest>& targets = spec.goals.targets;
  std::vector<int> places;
  for (const std::string& name : names) {
    const NamedLayer named = require_target(model, name);
    auto found = std::find_if(targets.begin(), targets.end(), [&](const TargetRequest& target) {
      return target.layer == named.layer && target.pre_relu == named.pre_relu;
    });
    if (found == targets.end()) {
      TargetRequest target{named.layer, named.pre_relu, {}};
      target.terms.seeds = 0;
      found = targets.insert(targets.end(), target);
    }
    if (found->given_gradient) fail_usage("'{}' is a target twice", name);
    found->given_gradient = true;
    found->channels.clear();
    places.push_back(static_cast<int>(found - targets.begin()));
  }
  return places;
}

LaneSpec spec_of(const Model& model, const JobOptions& options, const Device& device,
                 std::vector<int>& targets) {
  LaneSpec spec = lane_for(model, options.render, false);
  if (options.steerable) {
    for (TargetRequest& target : spec.goals.targets) target.channels.clear();
  }
  // It may be given an objective that compares its images.
  spec.goals.joined |= options.render.images > 1;
  targets = add_targets(model, options.targets, spec);
  spec.executor = device.executor_options();
  return spec;
}

/// Whether the job names a file; the name.
std::optional<std::string> named_file(const RenderOptions& options) {
  RenderOptions copy = options;
  std::optional<std::string> found;
  rename_files(copy, [&](const std::string& name) {
    found = name;
    return name;
  });
  return found;
}

/// What a record says of the job.
JobOptions recorded_options(const Json& record, const Model& model, JobFileReader* files) {
  const JsonField field(record, kJobState, "");
  JobOptions options = job_options_from_json(field.member("job"), model);
  const std::optional<std::string> named = named_file(options.render);
  field.member("files").for_each_member(
      [&](const std::string& name, const JsonField& checksum) { options.files[name] = checksum.string(); });
  if (!named) return options;
  if (files == nullptr) fail_usage("the job names the file '{}': it is restored by what reads files", *named);
  JobFileLoader(model, *files, options.files).load(options.render);
  return options;
}

/// Throws Error{usage} where the job would not go on to the bytes it was to make.
void check_device(const Json& record, Device& device) {
  const JsonField field(record, kJobState, "");
  const std::string model = field.member("device").string(), precision = field.member("precision").string();
  const ComputeIdentity here = identify(device);
  if (model == here.device && precision == here.precision) return;
  fail_usage("{} is of {} in {}, and it is restored on {} in {}: give the device and precision it had",
             kJobState, model, precision, here.device, here.precision);
}

Json to_json(const std::vector<SteeringRecord>& log) {
  Json json = Json::array();
  for (const SteeringRecord& change : log)
    json.push_back({{"step", change.step}, {"set", to_json(change.steering)}});
  return json;
}

void check_sizes(const SlotState& state, const SlotState& expected) {
  std::vector<std::size_t> sizes;
  for_each_part(expected, [&](const char*, const auto& values) { sizes.push_back(values.size()); });
  std::size_t part = 0;
  for_each_part(state, [&](const char* name, const auto& values) {
    const std::size_t size = sizes[part++];
    if (values.size() != size)
      fail_input("{} is damaged: {} has {} values, and not {}", kJobState, name, values.size(), size);
  });
}

}  // namespace

RenderJob::RenderJob(std::shared_ptr<const Model> model, const JobOptions& options)
    : RenderJob(checked(std::move(model), options), options, Device(options.render.compute)) {}

RenderJob::RenderJob(std::shared_ptr<const Model> model, const JobOptions& options, Device device)
    : model_(checked(std::move(model), options)),
      options_(options),
      steered_(options.render),
      device_(std::move(device)),
      course_(options.render) {
  const LaneSpec spec = spec_of(*model_, options_, device_, targets_);
  lane_ = std::make_unique<Lane>(device_.backend(), device_.stream(), *model_, spec);
  lane_->start(0, slot_job(options_.render));
  if (device_.backend().asynchronous()) poll_steps_ = kPollSteps;
}

RenderJob::~RenderJob() = default;

int RenderJob::steps_done() const {
  return lane_->steps_done(0);
}

void RenderJob::check_alive() const {
  if (!failure_.empty()) fail_runtime("{}", failure_);
}

int RenderJob::step(int count) {
  const Turn turn(turns_, device_, kName);
  if (count < 0) fail_usage("{} updates: give 0 or more", count);
  if (!targets_.empty())
    fail_usage("a job with targets of the caller's takes each step with their cotangents");
  check_alive();
  int unseen = 0;
  for (int i = 0; i < count && !over(); ++i) {
    lane_->step();
    looked_ = false;
    course_.follow(*lane_, 0);
    if (++unseen < poll_steps_) continue;
    observe();
    unseen = 0;
  }
  if (unseen > 0) observe();
  return steps_done();
}

void RenderJob::observe() {
  lane_->synchronise();
  objective_ = lane_->value(0);
  std::optional<std::string> failure = course_.failure(*lane_, 0);
  if (!failure) return;
  failure_ = std::move(*failure);
  check_alive();
}

double RenderJob::evaluate() {
  const Turn turn(turns_, device_, kName);
  check_alive();
  lane_->evaluate();
  looked_ = false;
  lane_->synchronise();
  return lane_->value(0);
}

std::vector<double> RenderJob::curve(int column) {
  const Turn turn(turns_, device_, kName);
  const int columns = lane_->spec().goals.columns;
  if (column < 0 || column >= columns)
    fail_usage("the job has no curve {}: they are 0 to {}", column, columns - 1);
  return lane_->curve(0, column);
}

Image RenderJob::image() {
  const Turn turn(turns_, device_, kName);
  if (const auto size = output_size(options_.render)) return lane_->picture_at(0, (*size)[0], (*size)[1]);
  // Between the halves of a step, memory that makes a picture is the network's; the first half has made it.
  return looked_ ? lane_->picture_looked_at(0) : lane_->picture(0);
}

Steering RenderJob::parse_steering(std::string_view json, const std::string& name) const {
  const Json parsed = JsonField::parse(json, name);
  return steering_from_json({parsed, name, ""}, *model_, options_.render.objective);
}

void RenderJob::set(const Steering& steering) {
  const Turn turn(turns_, device_, kName);
  check_alive();
  SteeredOptions next = steered_;
  next.apply(steering, lane_->spec(), *model_);
  lane_->change(0, slot_job(next.now()));
  looked_ = false;
  steered_ = std::move(next);
  log_.push_back({steps_done(), steering});
}

Extents RenderJob::parameter_extents() const {
  const ParameterLayout layout = lane_->step_plan().images->layout();
  return {options_.render.images, layout.planes, layout.count, 1};
}

void RenderJob::parameters(const TensorView<float>& to) {
  const Turn turn(turns_, device_, kName);
  check_parameters(to.extents);
  const std::vector<float> values = lane_->parameters(0);
  const auto [images, planes, count, one] = to.extents;
  const float* value = values.data();
  for (std::int64_t n = 0; n < images; ++n) {
    for (std::int64_t c = 0; c < planes; ++c) {
      for (std::int64_t i = 0; i < count; ++i) *to.at(n, c, i, 0) = *value++;
    }
  }
}

void RenderJob::set_parameters(const TensorView<const float>& from) {
  const Turn turn(turns_, device_, kName);
  check_alive();
  check_parameters(from.extents);
  const auto [images, planes, count, one] = from.extents;
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(images * planes * count));
  for (std::int64_t n = 0; n < images; ++n) {
    for (std::int64_t c = 0; c < planes; ++c) {
      for (std::int64_t i = 0; i < count; ++i) {
        values.push_back(*from.at(n, c, i, 0));
        if (!std::isfinite(values.back()))
          fail_usage("value {} of plane {} of image {} of the parameters is not finite", i, c, n);
      }
    }
  }
  lane_->set_parameters(0, values);
  looked_ = false;
}

void RenderJob::check_parameters(const Extents& given) const {
  const Extents expected = parameter_extents();
  if (given == expected) return;
  fail_usage("the parameters are {}x{}x{} (images, planes, values), and a tensor of {}x{}x{} was given",
             expected[0], expected[1], expected[2], given[0], given[1], given[2]);
}

Extents RenderJob::target_extents(int target) const {
  check_target(target);
  const PlanTarget& planned =
      lane_->network().plan().targets[static_cast<std::size_t>(targets_[static_cast<std::size_t>(target)])];
  return {lane_->spec().views(), planned.logical_channels, planned.h, planned.w};
}

void RenderJob::check_target(int target) const {
  if (target < 0 || target >= target_count())
    fail_usage("the job has no target {}: it has {}, counted from 0", target, target_count());
}

/// The first half of a step, once.
void RenderJob::look() {
  if (!looked_) lane_->look();
  looked_ = true;
}

void RenderJob::activations(int target, const TensorView<float>& to) {
  const Turn turn(turns_, device_, kName);
  check_alive();
  check_target(target);
  look();
  check_written(to, target_extents(target), [&] { return target_name(target); });
  lane_->network().read_target(targets_[static_cast<std::size_t>(target)], to);
}

int RenderJob::step_with(std::span<const TensorView<const float>> cotangents) {
  const Turn turn(turns_, device_, kName);
  if (targets_.empty()) fail_usage("the job has no targets of the caller's, so no cotangents either");
  check_alive();
  if (cotangents.size() != targets_.size())
    fail_usage("the job has {} targets, and {} cotangents were given", targets_.size(), cotangents.size());
  if (over()) return steps_done();
  look();
  for (int i = 0; i < target_count(); ++i) {
    const TensorView<const float>& cotangent = cotangents[static_cast<std::size_t>(i)];
    if (cotangent.data == nullptr) continue;
    check_view(cotangent, target_extents(i), [&] { return "the cotangent of " + target_name(i); });
  }
  for (std::size_t i = 0; i < cotangents.size(); ++i)
    lane_->network().write_given_gradient(targets_[i], cotangents[i]);
  lane_->step_on();
  looked_ = false;
  course_.follow(*lane_, 0);
  observe();
  return steps_done();
}

std::string RenderJob::target_name(int target) const {
  return options_.targets[static_cast<std::size_t>(target)];
}

std::string RenderJob::describe() {
  const Turn turn(turns_, device_, kName);
  const RenderOptions& render = options_.render;
  const auto [height, width] = picture_size(render);
  const Json json = {{"job", to_json(options_)},   {"height", height}, {"width", width},
                     {"steps_done", steps_done()}, {"steps", steps()}, {"cancelled", cancelled()},
                     {"steering", to_json(log_)}};
  return json.dump();
}

std::vector<std::byte> RenderJob::save() {
  const Turn turn(turns_, device_, kName);
  check_alive();
  if (digest_.empty()) digest_ = digest_of(*model_);
  const ComputeIdentity identity = identify(device_);
  JobState state;
  state.record = {{"weights", digest_},       {"device", identity.device}, {"precision", identity.precision},
                  {"job", to_json(options_)}, {"files", Json::object()},   {"steering", to_json(log_)},
                  {"step", steps_done()},     {"steps", steps()},          {"best_mean", nullptr}};
  for (const auto& [name, sha256] : options_.files) state.record["files"][name] = sha256;
  if (std::isfinite(course_.best_mean())) state.record["best_mean"] = course_.best_mean();
  state.slot = lane_->state(0);
  return to_bytes(state);
}

std::unique_ptr<RenderJob> RenderJob::restore(std::shared_ptr<const Model> model,
                                              std::span<const std::byte> bytes, const ComputeOptions& compute,
                                              JobFileReader* files) {
  JobState state = state_from_bytes(bytes);
  return restore(std::move(model), std::move(state), Device(compute), files);
}

std::unique_ptr<RenderJob> RenderJob::restore(std::shared_ptr<const Model> model,
                                              std::span<const std::byte> bytes, Device device,
                                              JobFileReader* files) {
  return restore(std::move(model), state_from_bytes(bytes), std::move(device), files);
}

std::unique_ptr<RenderJob> RenderJob::restore(std::shared_ptr<const Model> model, JobState state,
                                              Device device, JobFileReader* files) {
  if (model == nullptr) fail_usage("a job needs a model");
  check_structure(*model, "the model");
  const std::string weights = JsonField(state.record, kJobState, "").member("weights").string();
  std::string digest = digest_of(*model);
  if (weights != digest) {
    fail_input("{} is of other weights: their tensors and rules have SHA-256 {}..., not {}...", kJobState,
               weights.substr(0, 12), digest.substr(0, 12));
  }
  check_device(state.record, device);
  const JobOptions options = recorded_options(state.record, *model, files);
  auto job = std::make_unique<RenderJob>(std::move(model), options, std::move(device));
  job->digest_ = std::move(digest);
  job->resume(state);
  return job;
}

void RenderJob::resume(const JobState& state) {
  const JsonField record(state.record, kJobState, "");
  const int done = state.slot.steps_done;
  const JsonField steering = record.member("steering");
  for (std::size_t i = 0; i < steering.size(); ++i) {
    const JsonField change = steering.element(i);
    const int step = static_cast<int>(change.member("step").integer(0, done));
    const JsonField set = change.member("set");
    log_.push_back({step, steering_from_json(set, *model_, options_.render.objective)});
    steered_.apply(log_.back().steering, lane_->spec(), *model_);
  }
  if (!log_.empty()) lane_->change(0, slot_job(steered_.now()));
  const auto steps = static_cast<int>(record.member("steps").integer(done, options_.render.steps));
  check_sizes(state.slot, empty_state(lane_->spec(), lane_->step_plan(), done));
  lane_->resume(0, state.slot);
  const JsonField best = record.member("best_mean");
  const double mean =
      best.value().is_number() ? best.value().get<double>() : -std::numeric_limits<double>::infinity();
  course_.resume(steps, mean);
  if (done > 0) objective_ = state.slot.curve[static_cast<std::size_t>(done - 1)];
}

}  // namespace limpid
