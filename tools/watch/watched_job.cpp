#include "tools/watch/watched_job.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <utility>

#include "engine/image/fit_image.h"
#include "engine/job/job_options_json.h"
#include "engine/pictures/image_file.h"
#include "engine/pictures/png.h"
#include "kernels/core/error.h"
#include "tools/watch/job_controls.h"
#include "weights/model_digest.h"

namespace limpid {
namespace {

using Json = JsonField::Json;
using Clock = std::chrono::steady_clock;

constexpr const char* kEnded = "the program has ended";
/// What the page sends, in messages.
constexpr const char* kChange = "the change";

/// Between looks at what is asked: few where an update takes long, more where it does not.
constexpr std::chrono::milliseconds kShortPull{10}, kLongPull{40};
constexpr int kLongestPull = 32;

/// While there is nothing to do; what is asked ends it.
constexpr std::chrono::milliseconds kRest{100};

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
      height_(options.render.height),
      width_(options.render.width),
      held_files_(files_of(options.render)),
      checksums_(options.files),
      pictures_(held_files_),
      job_(std::make_unique<RenderJob>(model_, options)) {
  publish();
  show_controls();
}

void WatchedJob::show_controls() {
  Json controls = to_json(controls_of(*job_), job_->options());
  controls["attached"] = attached();
  board_.set_controls(controls.dump());
}

bool WatchedJob::attached() const {
  const StartOptions& start = job_->options().start;
  return (start.photo != nullptr && pictures_.holds(start.photo->file)) ||
         (start.mask != nullptr && pictures_.holds(start.mask->file));
}

bool WatchedJob::resting() const {
  return !failure_.empty() || job_->over() || (paused_ && steps_asked_ == 0);
}

void WatchedJob::advance() {
  const int count = paused_ ? std::min(pull_, steps_asked_) : pull_;
  const Clock::time_point start = Clock::now();
  try {
    job_->step(count);
    board_.add_point({steps_done(), job_->objective()});
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
  board_.set_status({steps_done(), steps_before_ + job_->steps(), job_->objective(), paused_, job_->over(),
                     frames_, failure_});
}

void WatchedJob::show() {
  if (!changed_ || !mailbox_.wanted()) return;
  changed_ = false;
  auto frame = std::make_shared<WatchFrame>(WatchFrame{++frames_, steps_done(), job_->image()});
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
  Request request{action, {}, {}};
  try {
    request.body = prepared(action, body);
  } catch (const std::exception& error) {
    return {.error = error.what()};
  }
  std::future<WatchAnswer> answer = request.promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return {.error = kEnded};
    requests_.push_back(std::move(request));
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
  for (Request& request : requests) request.promise.set_value(answer_prepared(request.action, request.body));
}

/// Of a picture what a log keeps: a PNG of the job's size. By the thread that asks: the job's has other things to do.
std::string WatchedJob::prepared(WatchAction action, const std::string& body) const {
  if (action != WatchAction::photo && action != WatchAction::mask) return body;
  const PictureColours colours = action == WatchAction::mask ? PictureColours::stored : PictureColours::srgb;
  return encode_png(fit_image(decode_image(body, "the picture", {}, colours), height_, width_, Fit::crop));
}

WatchAnswer WatchedJob::answer(WatchAction action, const std::string& body) {
  try {
    return answer_prepared(action, prepared(action, body));
  } catch (const std::exception& error) {
    return {.error = error.what(), .step = steps_done()};
  }
}

WatchAnswer WatchedJob::answer_prepared(WatchAction action, const std::string& body) {
  WatchAnswer answer;
  const std::size_t attached = pictures_.size();
  try {
    act(action, body, answer);
  } catch (const std::exception& error) {
    pictures_.shrink(attached);
    answer.error = error.what();
  }
  answer.step = steps_done();
  publish();
  return answer;
}

void WatchedJob::act(WatchAction action, const std::string& body, WatchAnswer& answer) {
  switch (action) {
    case WatchAction::set:
      job_->set(job_->parse_steering(body, kChange));
      show_controls();
      break;
    case WatchAction::begin:
      begin(JsonField::parse(body, kChange), Json::object());
      break;
    case WatchAction::photo:
      begin(Json::object(), {{"init", pictures_.add("photo", body)}});
      break;
    case WatchAction::mask:
      begin_masked(body);
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
      answer.log = steering_log(*job_, earlier_, pictures_, weights_, checksums_);
      answer.attached = attached();
      break;
  }
}

/// Where it cannot, nothing has changed.
void WatchedJob::begin(const Json& changes, const Json& pictures) {
  Json json = changed_job(*job_, {changes, kChange, ""});
  check_held_files(job_options_from_json({json, kChange, ""}, *model_).render.objective, held_files_);
  for (const auto& [option, path] : pictures.items()) {
    if (path.is_null()) {
      json.erase(option);
    } else {
      json[option] = path;
    }
  }
  const ComputeOptions compute = job_->options().compute;
  const JobOptions options = read_job({json, kChange, ""}, *model_, compute, files_, checksums_);
  std::unique_ptr<RenderJob> next = job_after(model_, options, *job_);
  const float strength = controls_of(*job_).view_strength;
  if (strength != 1 && !changes.contains("transforms")) next->set({.view_strength = strength});
  earlier_.push_back(as_earlier(*job_, pictures_));
  steps_before_ += job_->steps_done();
  checksums_ = options.files;
  job_ = std::move(next);
  failure_.clear();
  changed_ = true;
  show_controls();
}

void WatchedJob::begin_masked(const std::string& png) {
  const RenderOptions& options = job_->options();
  if (options.images != 1 || options.colour.alpha)
    fail_usage("a mask is painted on one opaque picture, and the job has {}",
               options.images != 1 ? std::to_string(options.images) : "an alpha");
  const Image mask = decode_png(png, "the mask");
  const bool frees = std::ranges::all_of(mask.rgb, [](float value) { return value == 0; });
  if (frees && options.start.mask == nullptr) return;
  // What the mask covers is what its job starts from: the picture as a file has it, in steps of 1 / 255.
  Json pictures = {{"init", pictures_.add("picture", encode_png(job_->image()))}, {"mask", nullptr}};
  if (!frees) pictures["mask"] = pictures_.add("mask", png);
  begin(Json::object(), pictures);
}

void WatchedJob::pin() {
  if (std::ssize(pins_) >= kMostPins) fail_usage("there are {} snapshots, which is the most", kMostPins);
  pins_.push_back({static_cast<int>(pins_.size()) + 1, job_->save(), earlier_, steps_before_});
  board_.add_pin(
      {pins_.back().id, steps_done(), job_->objective(), std::make_shared<const Image>(job_->image())});
}

void WatchedJob::rewind(int id) {
  const auto found = std::find_if(pins_.begin(), pins_.end(), [&](const Pin& pin) { return pin.id == id; });
  if (found == pins_.end()) fail_usage("there is no snapshot {}", id);
  // The old one goes once there is a new one: where that fails, nothing has changed.
  const ComputeOptions compute = job_->options().compute;
  job_ = RenderJob::restore(model_, found->state, compute, &files_);
  earlier_ = found->earlier;
  steps_before_ = found->steps_before;
  paused_ = true;
  steps_asked_ = 0;
  failure_.clear();
  changed_ = true;
  board_.cut_curve(steps_done());
  show_controls();
}

}  // namespace limpid
