#include "tools/watch/watched_job.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <optional>
#include <utility>

#include "engine/image/transforms.h"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"
#include "tools/watch/steering_log.h"
#include "weights/model_digest.h"

namespace limpid {
namespace {

using Json = JsonField::Json;
using Clock = std::chrono::steady_clock;

constexpr const char* kEnded = "the program has ended";

/// Between looks at what is asked: few where an update takes long, more where it does not.
constexpr std::chrono::milliseconds kShortPull{10}, kLongPull{40};
constexpr int kLongestPull = 32;

/// While there is nothing to do; what is asked ends it.
constexpr std::chrono::milliseconds kRest{100};

/// Deviation of the views' noise; none where they have none or one that varies.
std::optional<float> noise_of(const Transforms& transforms) {
  for (const Transform& transform : transforms.list) {
    if (transform.kind == TransformKind::noise &&
        transform.arguments.front().first == transform.arguments.front().last)
      return transform.arguments.front().first;
  }
  return std::nullopt;
}

/// The terms with their weights apart; none where a weight changes over the images, which a number does not say.
Json terms_of(const Objective& objective) {
  Json terms = Json::array();
  for (const ObjectiveTerm& term : objective.terms) {
    if (term.ramp != Ramp::none) return Json::array();
    ObjectiveTerm alone = term;
    alone.weight = 1;
    terms.push_back({{"weight", shortest(term.weight)}, {"text", to_string(alone)}});
  }
  return terms;
}

/// What of the job can be changed, as the changes so far left it.
Json controls_of(const RenderJob& job) {
  Objective objective = job.options().objective;
  Transforms transforms = job.options().view.transforms;
  RenderOptions rates = job.options();
  float strength = 1;
  std::optional<float> noise = noise_of(transforms);
  for (const SteeringRecord& record : job.log()) {
    const Steering& change = record.steering;
    if (change.objective) objective = *change.objective;
    if (change.transforms) {
      transforms = *change.transforms;
      noise = noise_of(transforms);
    }
    if (change.learning_rate) rates.update.learning_rate = change.learning_rate;
    if (change.view_strength) strength = *change.view_strength;
    if (change.noise) noise = change.noise;
  }
  Json controls = {{"objective", to_string(objective)},
                   {"terms", terms_of(objective)},
                   {"learning_rate", shortest(learning_rate(rates))},
                   {"view_strength", shortest(strength)},
                   {"transforms", to_string(transforms)},
                   {"noise", nullptr}};
  if (noise) controls["noise"] = shortest(*noise);
  return controls;
}

/// The only member of an object.
int number_in(const std::string& body, const char* name, int least, int most) {
  const Json parsed = JsonField::parse(body, "the request");
  const JsonField field(parsed, "the request", "");
  field.for_each_member([&](const std::string& member, const JsonField& value) {
    if (member != name) value.reject(fmt::format("there is only \"{}\"", name));
  });
  return static_cast<int>(field.member(name).integer(least, most));
}

}  // namespace

WatchedJob::WatchedJob(std::shared_ptr<const Model> model, const JobOptions& options)
    : model_(std::move(model)),
      weights_(digest_of(*model_)),
      checksums_(options.files),
      job_(std::make_unique<RenderJob>(model_, options)) {
  publish();
  board_.set_controls(controls_of(*job_).dump());
}

bool WatchedJob::resting() const {
  return !failure_.empty() || job_->over() || (paused_ && steps_asked_ == 0);
}

void WatchedJob::advance() {
  const int count = paused_ ? std::min(pull_, steps_asked_) : pull_;
  const Clock::time_point start = Clock::now();
  try {
    job_->step(count);
    board_.add_point({job_->steps_done(), job_->objective()});
  } catch (const Error& error) {
    failure_ = error.what();
  }
  if (paused_) steps_asked_ -= count;
  const Clock::duration taken = Clock::now() - start;
  if (taken < kShortPull) pull_ = std::min(2 * pull_, kLongestPull);
  if (taken > kLongPull) pull_ = std::max(pull_ / 2, 1);
  changed_ = true;
  publish();
}

void WatchedJob::publish() {
  board_.set_status(
      {job_->steps_done(), job_->steps(), job_->objective(), paused_, job_->over(), frames_, failure_});
}

void WatchedJob::show() {
  if (!changed_ || !mailbox_.wanted()) return;
  changed_ = false;
  auto frame = std::make_shared<WatchFrame>(WatchFrame{++frames_, job_->steps_done(), job_->image()});
  mailbox_.put(std::move(frame));
  publish();
}

void WatchedJob::run(const std::function<bool()>& stop) {
  try {
    while (!stop()) {
      answer_requests();
      if (!resting()) advance();
      show();
      if (!resting()) continue;
      std::unique_lock lock(mutex_);
      asked_.wait_for(lock, kRest, [&] { return !requests_.empty(); });
    }
  } catch (...) {
    finish();
    throw;
  }
  finish();
}

void WatchedJob::finish() {
  std::vector<Request> left;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    left.swap(requests_);
  }
  for (Request& request : left) request.promise.set_value({.error = kEnded});
  board_.end();
}

WatchAnswer WatchedJob::ask(WatchAction action, const std::string& body) {
  std::future<WatchAnswer> answer;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return {.error = kEnded};
    requests_.push_back({action, body, {}});
    answer = requests_.back().promise.get_future();
  }
  asked_.notify_one();
  return answer.get();
}

void WatchedJob::answer_requests() {
  std::vector<Request> requests;
  {
    const std::lock_guard lock(mutex_);
    requests.swap(requests_);
  }
  for (Request& request : requests) request.promise.set_value(answer(request.action, request.body));
}

WatchAnswer WatchedJob::answer(WatchAction action, const std::string& body) {
  WatchAnswer answer;
  try {
    act(action, body, answer);
  } catch (const std::exception& error) {
    answer.error = error.what();
  }
  answer.step = job_->steps_done();
  publish();
  return answer;
}

void WatchedJob::act(WatchAction action, const std::string& body, WatchAnswer& answer) {
  switch (action) {
    case WatchAction::set:
      job_->set(job_->parse_steering(body, "the change"));
      board_.set_controls(controls_of(*job_).dump());
      break;
    case WatchAction::run:
      paused_ = false;
      steps_asked_ = 0;
      break;
    case WatchAction::pause:
      paused_ = true;
      steps_asked_ = 0;
      break;
    case WatchAction::step:
      steps_asked_ = number_in(body, "count", 1, kMostCount);
      paused_ = true;
      break;
    case WatchAction::pin:
      pin();
      break;
    case WatchAction::rewind:
      rewind(number_in(body, "pin", 1, std::numeric_limits<int>::max()));
      break;
    case WatchAction::result:
      answer.image = std::make_shared<const Image>(job_->image());
      answer.log = steering_log(*job_, weights_, checksums_);
      break;
  }
}

void WatchedJob::pin() {
  if (std::ssize(pins_) >= kMostPins) fail_usage("there are {} snapshots, which is the most", kMostPins);
  pins_.push_back({static_cast<int>(pins_.size()) + 1, job_->save()});
  board_.add_pin(
      {pins_.back().id, job_->steps_done(), job_->objective(), std::make_shared<const Image>(job_->image())});
}

void WatchedJob::rewind(int id) {
  const auto found = std::find_if(pins_.begin(), pins_.end(), [&](const Pin& pin) { return pin.id == id; });
  if (found == pins_.end()) fail_usage("there is no snapshot {}", id);
  // The old one goes once there is a new one: where that fails, nothing has changed.
  const ComputeOptions compute = job_->options().compute;
  job_ = RenderJob::restore(model_, found->state, compute, &files_);
  paused_ = true;
  steps_asked_ = 0;
  failure_.clear();
  changed_ = true;
  board_.cut_curve(job_->steps_done());
  board_.set_controls(controls_of(*job_).dump());
}

}  // namespace limpid
