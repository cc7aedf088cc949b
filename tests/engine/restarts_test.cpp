// Several starts of a job: how they are counted, and which is kept.
#include "engine/optimize/restarts.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "tests/engine/scheduled_jobs.h"

namespace limpid::restarts_test {
namespace {

Job job_of(std::int64_t id, int restarts, int restart = 0) {
  Job job{id, {}, restart};
  job.options.restarts = restarts;
  return job;
}

JobResult result_of(std::int64_t id, double objective) {
  JobResult result;
  result.id = id;
  result.objective = {0, objective};
  return result;
}

JobResult failure_of(std::int64_t id, const std::string& failure) {
  JobResult result;
  result.id = id;
  result.failure = failure;
  return result;
}

TEST(EachStart, CountsTheStartsOfEachJobInARow) {
  test::ListedJobs jobs({job_of(7, 3), job_of(8, 1), job_of(9, 2)});
  EachStart starts(jobs);
  std::vector<std::pair<std::int64_t, int>> seen;
  while (const std::optional<Job> job = starts.next()) seen.emplace_back(job->id, job->restart);
  EXPECT_EQ(seen,
            (std::vector<std::pair<std::int64_t, int>>{{7, 0}, {7, 1}, {7, 2}, {8, 0}, {9, 0}, {9, 1}}));
}

/// Keeps what it is told.
class Told final : public JobSink {
 public:
  void started(const Job& job) override { starts.push_back(job.id); }
  void progressed(const Job& job, int step, double objective) override {
    progress.emplace_back(job.id, step, objective);
  }
  void finished(const Job& job, JobResult result) override {
    kept.push_back(job.restart);
    results.push_back(std::move(result));
  }

  std::vector<std::int64_t> starts;
  std::vector<std::tuple<std::int64_t, int, double>> progress;
  std::vector<int> kept;
  std::vector<JobResult> results;
};

/// Restart and result that are kept of these, finished in the order of `order`.
std::pair<int, JobResult> best_of(const std::vector<JobResult>& results, const std::vector<int>& order) {
  Told told;
  BestStart best(told);
  const int count = static_cast<int>(results.size());
  for (int r = 0; r < count; ++r) best.started(job_of(3, count, r));
  for (const int r : order) {
    EXPECT_TRUE(told.results.empty()) << "before all are there";
    best.finished(job_of(3, count, r), results[static_cast<std::size_t>(r)]);
  }
  EXPECT_EQ(told.starts, std::vector<std::int64_t>{3});
  EXPECT_EQ(told.results.size(), 1U);
  return {told.kept.front(), told.results.front()};
}

TEST(BestStart, KeepsTheLargestObjectiveWhateverTheOrder) {
  const std::vector<JobResult> results = {result_of(3, 1), result_of(3, 5), result_of(3, -2),
                                          result_of(3, 5)};
  for (const std::vector<int>& order : {std::vector<int>{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 3, 0, 1}}) {
    const auto [restart, result] = best_of(results, order);
    EXPECT_EQ(restart, 1) << "of equals the first";
    EXPECT_EQ(result.objective.back(), 5);
  }
}

TEST(BestStart, AFailureIsKeptOnlyWhereAllFailed) {
  const auto [restart, result] =
      best_of({failure_of(3, "a"), result_of(3, -9), failure_of(3, "c")}, {2, 1, 0});
  EXPECT_EQ(restart, 1);
  EXPECT_EQ(result.failure, "");
  const auto [failed, failure] = best_of({failure_of(3, "a"), failure_of(3, "b")}, {1, 0});
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(failure.failure, "a");
}

TEST(BestStart, ProgressIsTheMeanStepAndTheBestObjective) {
  Told told;
  BestStart best(told);
  for (int r = 0; r < 2; ++r) best.started(job_of(3, 2, r));
  best.progressed(job_of(3, 2, 0), 1, -5);
  EXPECT_TRUE(told.progress.empty());
  best.progressed(job_of(3, 2, 1), 1, -7);
  best.progressed(job_of(3, 2, 1), 5, -6);
  EXPECT_EQ(told.progress, (std::vector<std::tuple<std::int64_t, int, double>>{{3, 1, -5}, {3, 3, -5}}));
}

TEST(BestStart, OneStartPassesThrough) {
  Told told;
  BestStart best(told);
  best.started(job_of(4, 1));
  best.progressed(job_of(4, 1), 1, 2);
  best.progressed(job_of(4, 1), 1, 3);
  best.finished(job_of(4, 1), result_of(4, 3));
  EXPECT_EQ(told.progress.size(), 2U);
  EXPECT_EQ(told.results.front().objective.back(), 3);
}

}  // namespace
}  // namespace limpid::restarts_test
