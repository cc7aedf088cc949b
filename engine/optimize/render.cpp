// Rendering one image: a schedule of one job.
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "engine/limpid.hpp"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/scheduler.h"
#include "kernels/core/error.h"

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
  explicit OneResult(const std::function<bool(const RenderProgress&)>& progress) : progress_(progress) {}

  void started(const Job&) override { begin_ = Clock::now(); }

  void progressed(const Job& job, int step, double objective) override {
    if (!progress_) return;
    const std::chrono::duration<double> elapsed = Clock::now() - begin_;
    go_on_ = progress_({step, job.options.steps, objective, step / elapsed.count()});
  }

  bool goes_on(const Job&) override { return go_on_; }

  void finished(const Job&, JobResult result) override { result_ = std::move(result); }

  RenderResult take() {
    if (!result_.failure.empty()) throw Error(result_.failure_kind, result_.failure);
    return {std::move(result_.snapshots), std::move(result_.objective), std::move(result_.watched)};
  }

 private:
  using Clock = std::chrono::steady_clock;
  const std::function<bool(const RenderProgress&)>& progress_;
  Clock::time_point begin_;
  bool go_on_ = true;
  JobResult result_;
};

}  // namespace

RenderResult render(const Model& model, const RenderOptions& options,
                    const std::function<bool(const RenderProgress&)>& progress) {
  check_render_options(options);
  OneJob source(options);
  OneResult sink(progress);
  ScheduleOptions schedule;
  schedule.compute = options.compute;
  schedule.jobs = 1;
  const std::atomic<bool> never{false};
  run_jobs(model, schedule, source, sink, never);
  return sink.take();
}

}  // namespace limpid
