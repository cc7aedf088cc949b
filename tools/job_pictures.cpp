#include "tools/job_pictures.h"

#include <fmt/core.h>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/optimize/scheduler.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/signals.h"

namespace limpid {
namespace {

class FewJobs final : public JobSource {
 public:
  /// None follows once `failed` is true.
  FewJobs(const std::vector<RenderOptions>& jobs, const std::atomic<bool>& failed)
      : jobs_(jobs), failed_(failed) {}

  std::optional<Job> next() override {
    const std::scoped_lock lock(mutex_);
    if (failed_ || next_ == jobs_.size()) return std::nullopt;
    Job job;
    job.id = static_cast<std::int64_t>(next_);
    job.options = jobs_[next_++];
    return job;
  }

 private:
  const std::vector<RenderOptions>& jobs_;
  const std::atomic<bool>& failed_;
  std::mutex mutex_;
  std::size_t next_ = 0;
};

class CollectedResults final : public JobSink {
 public:
  /// The first that fails ends all, and sets `failed`.
  CollectedResults(std::size_t jobs, std::string what, bool quiet, const KeepResult& keep,
                   std::atomic<bool>& failed)
      : what_(std::move(what)), results_(jobs), quiet_(quiet), keep_(keep), failed_(failed) {}

  void started(const Job&) override {}
  void progressed(const Job&, int, double) override {}
  bool goes_on(const Job&) override { return !failed_; }

  void finished(const Job&, JobResult result) override {
    if (!failed_ && result.failure.empty()) keep(result);
    const std::scoped_lock lock(mutex_);
    if (failed_) return;
    if (!result.failure.empty()) {
      failure_ =
          fmt::format("picture {} of {}, {}: {}", result.id + 1, results_.size(), what_, result.failure);
      failure_kind_ = result.failure_kind;
      failed_ = true;
      return;
    }
    const auto place = static_cast<std::size_t>(result.id);
    results_[place] = std::move(result);
    ++done_;
    const std::size_t tenths = done_ * 10 / results_.size();
    if (quiet_ || tenths == tenths_) return;
    tenths_ = tenths;
    say(stderr, "{} of {} pictures\n", done_, results_.size());
  }

  // Once no job runs.
  std::size_t done() const { return done_; }
  bool all_are_kept() const { return keep_ && !keeping_failed_; }
  bool is_complete() const { return failed_ || done_ == results_.size(); }

  std::vector<JobResult> take() {
    if (failed_) throw Error(failure_kind_, failure_);
    return std::move(results_);
  }

 private:
  /// Keeping is for who stops it: a disk that is full ends no render.
  void keep(const JobResult& result) {
    const std::scoped_lock lock(keeping_);
    if (!keep_ || keeping_failed_) return;
    try {
      keep_(static_cast<std::size_t>(result.id), result);
    } catch (const Error& error) {
      keeping_failed_ = true;
      say(stderr, "{}: no more pictures are kept for the case that it is stopped\n", error.what());
    }
  }

  std::mutex keeping_;  ///< A disk is slow: apart from the other.
  bool keeping_failed_ = false;
  std::mutex mutex_;
  std::string what_;
  std::vector<JobResult> results_;
  std::size_t done_ = 0, tenths_ = 0;
  bool quiet_;
  const KeepResult& keep_;
  std::atomic<bool>& failed_;
  std::string failure_;
  ErrorKind failure_kind_ = ErrorKind::runtime;
};

}  // namespace

std::vector<JobResult> run_few_jobs(const Model& model, const std::vector<RenderOptions>& jobs,
                                    const ComputeOptions& compute, const std::string& what, bool quiet,
                                    const KeepResult& keep) {
  const StopSignals signals("\nstopping after the pictures in flight; once more to end at once\n");
  std::atomic<bool> failed = false;
  FewJobs source(jobs, failed);
  CollectedResults sink(jobs.size(), what, quiet, keep, failed);
  ScheduleOptions schedule;
  schedule.compute = compute;
  schedule.jobs = static_cast<std::int64_t>(jobs.size());
  run_jobs(model, schedule, source, sink, signals.requested());
  if (signals.requested() && !sink.is_complete()) {
    const char* then = !keep                 ? "nothing is written"
                       : sink.all_are_kept() ? "the same command makes the rest"
                                             : "the same command makes the rest, and anew what was not kept";
    say(stderr, "stopped with {} of {} pictures: {}\n", sink.done(), jobs.size(), then);
    throw ExitCode{signals.exit_code()};
  }
  return sink.take();
}

}  // namespace limpid
