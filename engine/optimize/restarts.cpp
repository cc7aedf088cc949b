#include "engine/optimize/restarts.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace limpid {

std::optional<Job> EachStart::next() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::optional<Job> job = again_ ? std::exchange(again_, std::nullopt) : jobs_.next();
  if (job && job->restart + 1 < job->options.restarts) {
    again_ = job;
    ++again_->restart;
  }
  return job;
}

void BestStart::started(const Job& job) {
  if (job.options.restarts == 1) return results_.started(job);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [entry, first] = jobs_.try_emplace(job.id);
  if (!first) return;
  const auto count = static_cast<std::size_t>(job.options.restarts);
  entry->second.steps.resize(count);
  entry->second.objective.resize(count);
  results_.started(job);
}

void BestStart::progressed(const Job& job, int step, double objective) {
  if (job.options.restarts == 1) return results_.progressed(job, step, objective);
  const std::lock_guard<std::mutex> lock(mutex_);
  Starts& starts = jobs_.at(job.id);
  const auto mean = [&] {
    return static_cast<int>(std::accumulate(starts.steps.begin(), starts.steps.end(), std::int64_t{0}) /
                            job.options.restarts);
  };
  const int before = mean();
  starts.steps[static_cast<std::size_t>(job.restart)] = step;
  starts.objective[static_cast<std::size_t>(job.restart)] = objective;
  if (mean() == before) return;
  // An empty one is less than any other.
  results_.progressed(job, mean(), **std::max_element(starts.objective.begin(), starts.objective.end()));
}

bool BestStart::goes_on(const Job& job) {
  if (job.options.restarts == 1) return results_.goes_on(job);
  const std::lock_guard<std::mutex> lock(mutex_);
  return results_.goes_on(job);
}

void BestStart::finished(const Job& job, JobResult result) {
  if (job.options.restarts == 1) return results_.finished(job, std::move(result));
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto entry = jobs_.find(job.id);
  Starts& starts = entry->second;
  if (!result.failure.empty()) starts.objective[static_cast<std::size_t>(job.restart)].reset();
  if (better(result, job.restart, starts)) {
    starts.best = std::move(result);
    starts.restart = job.restart;
  }
  if (++starts.finished < job.options.restarts) return;
  JobResult best = std::move(*starts.best);
  Job kept = job;
  kept.restart = starts.restart;
  jobs_.erase(entry);
  results_.finished(kept, std::move(best));
}

bool BestStart::better(const JobResult& candidate, int restart, const Starts& starts) {
  if (!starts.best) return true;
  const JobResult& best = *starts.best;
  const bool failed = !candidate.failure.empty(), best_failed = !best.failure.empty();
  if (failed != best_failed) return best_failed;
  if (!failed && candidate.objective.back() != best.objective.back()) {
    return candidate.objective.back() > best.objective.back();
  }
  return restart < starts.restart;
}

}  // namespace limpid
