#include "tools/grid/tally.h"

#include <algorithm>

namespace limpid {

Tally::Tally(const std::vector<RenderOptions>& jobs, const std::vector<ComputeOptions>& devices)
    : all_(jobs) {
  for (const ComputeOptions& device : devices) devices_.push_back({device.device, 0, 0, 0, {}, {}});
}

void Tally::plan(const GridPlan& plan, Clock::time_point now) {
  begin_ = now;
  jobs_of_shard_ = std::ssize(plan.jobs);
  for (const std::int64_t job : plan.jobs) {
    const int steps = all_[static_cast<std::size_t>(job)].steps;
    if (plan.finished.contains(job)) {
      ++already_;
      image_steps_before_ += steps;
    } else {
      image_steps_wanted_ += steps;
    }
  }
}

void Tally::start(std::size_t device, const Job& job) {
  devices_[device].in_flight[job.id] = 0;
  devices_[device].latest = to_string(job.options.objective);
}

std::int64_t Tally::progress(std::size_t device, const Job& job, int step) {
  DeviceTally& tally = devices_[device];
  int& done = tally.in_flight[job.id];
  const std::int64_t more = std::max(step - done, 0);
  done = std::max(step, done);
  tally.image_steps += more;
  image_steps_ += more;
  return more;
}

std::int64_t Tally::finish(std::size_t device, const Job& job, const StoredTile& tile) {
  DeviceTally& tally = devices_[device];
  std::int64_t more = 0;
  if (tile.failure.empty()) {
    more = progress(device, job, job.options.steps);
    rank(job, tile);
  } else {
    // What it did not do is not wanted any more.
    image_steps_wanted_ -= job.options.steps - tally.in_flight[job.id];
    ++tally.failed;
    ++failed_;
  }
  tally.in_flight.erase(job.id);
  ++tally.finished;
  ++made_;
  return more;
}

void Tally::rank(const Job& job, const StoredTile& tile) {
  const RankedTile ranked{to_string(job.options.objective), tile.objective.back()};
  if (!best_ || ranked.value > best_->value) best_ = ranked;
  if (!worst_ || ranked.value < worst_->value) worst_ = ranked;
}

void Tally::see_team(std::int64_t finished, std::int64_t failed, std::int64_t image_steps) {
  made_ = std::max(made_, finished);
  failed_ = std::max(failed_, failed);
  image_steps_ = std::max(image_steps_, image_steps);
}

double Tally::fraction() const {
  const auto all = static_cast<double>(image_steps_before_ + image_steps_wanted_);
  return all > 0 ? std::min(static_cast<double>(image_steps_before_ + image_steps_) / all, 1.0) : 1.0;
}

double Tally::seconds(Clock::time_point now) const {
  return std::chrono::duration<double>(now - begin_).count();
}

double Tally::image_steps_per_second(Clock::time_point now) const {
  return image_steps_ == 0 ? 0 : static_cast<double>(image_steps_) / seconds(now);
}

double Tally::image_steps_per_second(const DeviceTally& device, Clock::time_point now) const {
  return device.image_steps == 0 ? 0 : static_cast<double>(device.image_steps) / seconds(now);
}

std::optional<double> Tally::seconds_left(Clock::time_point now) const {
  const double rate = image_steps_per_second(now);
  if (!(rate > 0)) return std::nullopt;
  return static_cast<double>(std::max<std::int64_t>(image_steps_wanted_ - image_steps_, 0)) / rate;
}

}  // namespace limpid
