// Rendering one image: a schedule of one job.
#include "engine/optimize/render.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "engine/objective/check_objective.h"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/scheduler.h"
#include "kernels/core/error.h"
#include "weights/validate.h"

namespace limpid {
namespace {

class OneJob final : public JobSource {
 public:
  explicit OneJob(const RenderOptions& options) : job_(Job{0, options}) {}
  std::optional<Job> next() override { return std::exchange(job_, std::nullopt); }

 private:
  std::optional<Job> job_;
};

/// Passes progress on, keeps the result.
class OneResult final : public JobSink {
 public:
  OneResult(const std::function<bool(const RenderProgress&)>& progress, const FrameRequest& frames)
      : progress_(progress), frames_(frames) {}

  void started(const Job&) override { begin_ = Clock::now(); }

  void progressed(const Job& job, int step, double objective) override {
    if (!progress_) return;
    const std::chrono::duration<double> elapsed = Clock::now() - begin_;
    go_on_ = progress_({step, job.options.steps, objective, step / elapsed.count()});
  }

  void frame(const Job&, int step, const Image& image) override { frames_.take(step, image); }

  bool goes_on(const Job&) override { return go_on_; }

  void finished(const Job& job, JobResult result) override {
    result_ = std::move(result);
    restart_ = job.restart;
  }

  RenderResult take() {
    if (!result_.failure.empty()) throw Error(result_.failure_kind, result_.failure);
    return {std::move(result_.snapshots), std::move(result_.objective), std::move(result_.watched), restart_};
  }

 private:
  using Clock = std::chrono::steady_clock;
  const std::function<bool(const RenderProgress&)>& progress_;
  const FrameRequest& frames_;
  Clock::time_point begin_;
  bool go_on_ = true;
  JobResult result_;
  int restart_ = 0;
};

}  // namespace

RenderResult render(const Model& model, const RenderOptions& options,
                    const std::function<bool(const RenderProgress&)>& progress, const FrameRequest& frames) {
  check_structure(model, "the model");
  check_maximised(options.objective, model);
  for (const Objective& watched : options.watch) check_objective(watched, model, "a watched objective");
  check_render_options(options);
  if (frames.every > 0 && !frames.take) fail_usage("frames are asked for, and nothing takes them");
  if (frames.every < 0) fail_usage("a frame every {} steps: give a positive number of them", frames.every);
  if (frames.every > 0 && options.restarts > 1) {
    fail_usage(
        "frames are taken as they are made, but which of {} restarts is the best is known only at the end",
        options.restarts);
  }
  OneJob source(options);
  OneResult sink(progress, frames);
  ScheduleOptions schedule;
  schedule.compute = options.compute;
  schedule.jobs = options.restarts;
  schedule.frame_every = frames.every;
  const std::atomic<bool> never{false};
  run_jobs(model, schedule, source, sink, never);
  return sink.take();
}

}  // namespace limpid
