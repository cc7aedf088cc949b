// A source of given jobs, and a sink that keeps what became of them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/optimize/scheduler.h"

namespace limpid::test {

class ListedJobs final : public JobSource {
 public:
  explicit ListedJobs(std::vector<Job> jobs) : jobs_(std::move(jobs)) {}
  std::optional<Job> next() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return next_ == jobs_.size() ? std::nullopt : std::optional<Job>(jobs_[next_++]);
  }

 private:
  std::mutex mutex_;
  std::vector<Job> jobs_;
  std::size_t next_ = 0;
};

class KeptResults : public JobSink {
 public:
  void started(const Job&) override {
    const std::lock_guard<std::mutex> lock(mutex);
    ++starts;
  }
  void progressed(const Job&, int, double) override {}
  void finished(const Job& job, JobResult result) override {
    const std::lock_guard<std::mutex> lock(mutex);
    EXPECT_EQ(result.id, job.id);
    EXPECT_TRUE(results.emplace(job.id, std::move(result)).second) << "twice";
  }

  std::mutex mutex;
  int starts = 0;
  std::map<std::int64_t, JobResult> results;
};

/// Curve and final picture of each job, none of which may have failed.
using Pictures = std::map<std::int64_t, std::pair<std::vector<double>, std::vector<float>>>;
inline Pictures pictures_of(const KeptResults& sink) {
  Pictures pictures;
  for (const auto& [id, result] : sink.results) {
    EXPECT_EQ(result.failure, "") << id;
    if (result.failure.empty()) pictures[id] = {result.objective, result.snapshots.back().image.rgb};
  }
  return pictures;
}

}  // namespace limpid::test
