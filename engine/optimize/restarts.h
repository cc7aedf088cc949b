// Several starts of a job, of which the best is kept.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/optimize/job.h"

namespace limpid {

/// Hands out each job of another source as many times as it is to be started, counted in Job::restart. The
/// draws of start r are those of the seed's picture r, so each start's bytes depend on the job and r alone.
class EachStart final : public JobSource {
 public:
  explicit EachStart(JobSource& jobs) : jobs_(jobs) {}
  std::optional<Job> next() override;

 private:
  JobSource& jobs_;
  std::mutex mutex_;
  std::optional<Job> again_;  ///< The latest job, if starts of it are left; `restart` is the next.
};

/// Passes the result with the largest final objective on, of equals the one that was started first, once all
/// starts of a job are done; a failure only where all failed. Progress is that of all starts together: the
/// mean step and the best objective.
class BestStart final : public JobSink {
 public:
  explicit BestStart(JobSink& results) : results_(results) {}
  void started(const Job& job) override;
  void progressed(const Job& job, int step, double objective) override;
  void frame(const Job& job, int step, const Image& image) override { results_.frame(job, step, image); }
  bool goes_on(const Job& job) override;
  void finished(const Job& job, JobResult result) override;

 private:
  /// What is known of the starts of one job.
  struct Starts {
    std::vector<int> steps;                        ///< Done by each.
    std::vector<std::optional<double>> objective;  ///< The latest of each; none of what failed.
    int finished = 0;
    std::optional<JobResult> best;
    int restart = 0;  ///< That of the best.
  };

  /// Whether `candidate`, of start `restart`, takes the place of the best so far.
  static bool better(const JobResult& candidate, int restart, const Starts& starts);

  JobSink& results_;
  std::mutex mutex_;
  std::map<std::int64_t, Starts> jobs_;
};

}  // namespace limpid
