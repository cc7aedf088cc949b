#include "engine/optimize/lane_runner.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/optimize/lane_plan.h"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"

namespace limpid {

LaneRunner::LaneRunner(Lane& lane, int slots, const LaneRunnerOptions& options, JobSink& sink)
    : lane_(lane), options_(options), sink_(sink), slots_(static_cast<std::size_t>(slots)) {}

template <class Visit>
void LaneRunner::for_each_running(Visit visit) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i]) visit(static_cast<int>(i), *slots_[i]);
  }
}

void LaneRunner::run(const std::function<std::optional<Job>()>& next) {
  fill(next);
  while (!empty()) {
    // The value after the last update is that of the view the next step would be taken from. When all slots
    // are there, that view is evaluated; when some are, they take one more step with the others, which looks
    // at the same view, and its update is never seen.
    if (all_have_their_steps()) {
      finish_together();
    } else {
      lane_.step();
      finish_overrun();
      end_on_plateaus();
      keep_snapshots();
      if (++steps_since_poll_ >= options_.poll_steps) poll();
      keep_final_state();
    }
    fill(next);
  }
}

void LaneRunner::fill(const std::function<std::optional<Job>()>& next) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    while (!slots_[i]) {
      std::optional<Job> job = next();
      if (!job) return;
      sink_.started(*job);
      try {
        lane_.start(static_cast<int>(i), slot_job(job->options, job->restart));
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::runtime) throw;
        sink_.finished(*job, {job->id, {}, {}, {}, error.what(), error.kind()});
        continue;
      }
      slots_[i] = Running{*job, JobCourse(job->options), {job->id, {}, {}, {}, {}, {}}, {}};
    }
  }
}

bool LaneRunner::empty() const {
  return std::none_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot.has_value(); });
}

bool LaneRunner::all_have_their_steps() const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i] && lane_.steps_done(static_cast<int>(i)) < slots_[i]->course.steps()) return false;
  }
  return true;
}

void LaneRunner::end_on_plateaus() {
  for_each_running([&](int slot, Running& running) { running.course.follow(lane_, slot); });
}

void LaneRunner::keep_snapshots() {
  for_each_running([&](int slot, Running& running) {
    const std::vector<int>& wanted = running.job.options.thresholds;
    const int done = lane_.steps_done(slot);
    if (done >= running.course.steps()) return;
    const bool keep = std::find(wanted.begin(), wanted.end(), done) != wanted.end();
    const bool frame = options_.frame_every > 0 && done % options_.frame_every == 0;
    if (!keep && !frame) return;
    Image image = lane_.picture(slot);
    if (frame) sink_.frame(running.job, done, image);
    if (keep) running.result.snapshots.push_back({done, std::move(image)});
  });
}

/// Before the step that a job may take beyond its last; after `poll`, which may end a job where it is.
void LaneRunner::keep_final_state() {
  for_each_running([&](int slot, Running& running) {
    if (lane_.steps_done(slot) != running.course.steps()) return;
    const RenderOptions& options = running.job.options;
    if (options_.keep_parameters) running.result.parameters = lane_.parameters(slot);
    if (const auto size = output_size(options)) {
      running.enlarged = lane_.picture_at(slot, (*size)[0], (*size)[1]);
    }
  });
}

void LaneRunner::poll() {
  steps_since_poll_ = 0;
  lane_.synchronise();
  for_each_running([&](int slot, Running& running) {
    if (fail_if_due(slot, running)) return;
    const int done = lane_.steps_done(slot);
    if (done > running.course.steps()) return;
    sink_.progressed(running.job, done, lane_.value(slot));
    if (!sink_.goes_on(running.job)) running.course.end_at(std::min(running.course.steps(), done));
  });
}

void LaneRunner::finish_together() {
  lane_.evaluate();
  lane_.synchronise();
  for_each_running([&](int slot, Running& running) {
    if (fail_if_due(slot, running)) return;
    finish(slot, false);
  });
}

void LaneRunner::finish_overrun() {
  const bool any = [&] {
    bool found = false;
    for_each_running([&](int slot, Running& r) { found |= lane_.steps_done(slot) > r.course.steps(); });
    return found;
  }();
  if (!any) return;
  poll();
  for_each_running([&](int slot, Running& running) {
    if (lane_.steps_done(slot) > running.course.steps()) finish(slot, true);
  });
}

/// Of a slot that took a step too many, the last value of a curve is that after its job's last update; of the
/// others it is not in the curve yet.
void LaneRunner::finish(int slot, bool overrun) {
  const auto complete_curve = [&](int column) {
    std::vector<double> curve = lane_.curve(slot, column);
    if (!overrun) curve.push_back(lane_.value(slot, column));
    return curve;
  };
  std::vector<double> curve = complete_curve(0);
  if (!std::isfinite(curve.back())) {
    return fail(slot, lane_.describe_failure(slot, static_cast<int>(curve.size())));
  }
  Running running = release(slot);
  JobResult& result = running.result;
  const bool enlarged = output_size(running.job.options).has_value();
  result.snapshots.push_back(
      {running.course.steps(), enlarged ? std::move(running.enlarged) : lane_.picture_looked_at(slot)});
  result.objective = std::move(curve);
  for (int column = 1; column < lane_.spec().goals.columns; ++column) {
    result.watched.push_back(complete_curve(column));
  }
  if (options_.frame_every > 0)
    sink_.frame(running.job, running.course.steps(), lane_.picture_looked_at(slot));
  sink_.finished(running.job, std::move(result));
}

/// Ends a job that cannot go on.
bool LaneRunner::fail_if_due(int slot, const Running& running) {
  std::optional<std::string> failure = running.course.failure(lane_, slot);
  if (!failure) return false;
  fail(slot, std::move(*failure));
  return true;
}

void LaneRunner::fail(int slot, std::string failure) {
  const Running running = release(slot);
  sink_.finished(running.job, {running.job.id, {}, {}, {}, std::move(failure), ErrorKind::runtime});
}

LaneRunner::Running LaneRunner::release(int slot) {
  return *std::exchange(slots_[static_cast<std::size_t>(slot)], std::nullopt);
}

}  // namespace limpid
