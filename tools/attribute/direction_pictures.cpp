#include "tools/attribute/direction_pictures.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <memory>
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

/// The objective of a direction, scaled to length 1.
Objective towards(const DirectionPictures& pictures, const std::vector<float>& direction) {
  double squares = 0;
  for (const float value : direction) squares += double{value} * double{value};
  auto vectors = std::make_shared<FeatureVectors>();
  vectors->channels = static_cast<int>(direction.size());
  for (const float value : direction)
    vectors->values.push_back(static_cast<float>(value / std::sqrt(squares)));
  ObjectiveTerm term;
  term.kind = TermKind::direction;
  term.layer = pictures.layer;
  term.cosine_power = pictures.cosine_power;
  term.source = "direction";
  term.vectors = std::move(vectors);
  return Objective(std::move(term));
}

bool points_nowhere(const std::vector<float>& direction) {
  return std::ranges::all_of(direction, [](float value) { return value == 0; });
}

class DirectionJobs final : public JobSource {
 public:
  /// None follows once `failed` is true.
  DirectionJobs(const DirectionPictures& pictures, const std::atomic<bool>& failed)
      : pictures_(pictures), failed_(failed) {}

  std::optional<Job> next() override {
    const std::scoped_lock lock(mutex_);
    while (next_ < pictures_.directions.size() && points_nowhere(pictures_.directions[next_])) ++next_;
    if (failed_ || next_ == pictures_.directions.size()) return std::nullopt;
    Job job;
    job.id = static_cast<std::int64_t>(next_);
    job.options.objective = towards(pictures_, pictures_.directions[next_]);
    job.options.height = job.options.width = pictures_.size;
    job.options.steps = pictures_.steps;
    job.options.seed = pictures_.seed;
    ++next_;
    return job;
  }

 private:
  const DirectionPictures& pictures_;
  const std::atomic<bool>& failed_;
  std::mutex mutex_;
  std::size_t next_ = 0;
};

class CollectedPictures final : public JobSink {
 public:
  /// `jobs` of them are rendered; the others stay as `blank`. The first that fails ends all, and sets `failed`.
  CollectedPictures(const DirectionPictures& asked, std::size_t jobs, const Image& blank, bool quiet,
                    std::atomic<bool>& failed)
      : layer_(asked.layer),
        pictures_(asked.directions.size(), blank),
        jobs_(jobs),
        quiet_(quiet),
        failed_(failed) {}

  void started(const Job&) override {}
  void progressed(const Job&, int, double) override {}
  bool goes_on(const Job&) override { return !failed_; }

  void finished(const Job&, JobResult result) override {
    const std::scoped_lock lock(mutex_);
    if (failed_) return;
    if (!result.failure.empty()) {
      failure_ = fmt::format("picture {} of {}, for {}: {}", result.id + 1, pictures_.size(), layer_,
                             result.failure);
      failure_kind_ = result.failure_kind;
      failed_ = true;
      return;
    }
    pictures_[static_cast<std::size_t>(result.id)] = std::move(result.snapshots.back().image);
    ++done_;
    const std::size_t tenths = done_ * 10 / jobs_;
    if (quiet_ || tenths == tenths_) return;
    tenths_ = tenths;
    say(stderr, "{} of {} pictures\n", done_, jobs_);
  }

  std::vector<Image> take() {
    if (failed_) throw Error(failure_kind_, failure_);
    return std::move(pictures_);
  }

 private:
  std::mutex mutex_;
  std::string layer_;
  std::vector<Image> pictures_;
  std::size_t jobs_;
  std::size_t done_ = 0, tenths_ = 0;
  bool quiet_;
  std::atomic<bool>& failed_;
  std::string failure_;
  ErrorKind failure_kind_ = ErrorKind::runtime;
};

}  // namespace

std::vector<Image> render_directions(const Model& model, const DirectionPictures& pictures,
                                     const ComputeOptions& compute, bool quiet) {
  const StopSignals signals("\nstopping after the pictures in flight; once more to end at once\n");
  std::atomic<bool> failed = false;
  DirectionJobs jobs(pictures, failed);
  const auto nowhere = std::ranges::count_if(pictures.directions, points_nowhere);
  const std::size_t count = pictures.directions.size() - static_cast<std::size_t>(nowhere);
  const auto values = 3 * static_cast<std::size_t>(pictures.size) * static_cast<std::size_t>(pictures.size);
  const Image gray{pictures.size, pictures.size, std::vector<float>(values, 0.5F)};
  CollectedPictures sink(pictures, count, gray, quiet, failed);
  ScheduleOptions schedule;
  schedule.compute = compute;
  schedule.jobs = static_cast<std::int64_t>(count);
  run_jobs(model, schedule, jobs, sink, signals.requested());
  if (signals.requested()) throw ExitCode{signals.exit_code()};
  return sink.take();
}

}  // namespace limpid
