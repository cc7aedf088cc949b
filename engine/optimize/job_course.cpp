#include "engine/optimize/job_course.h"

#include <algorithm>
#include <numeric>

#include "engine/optimize/lane.h"

namespace limpid {
namespace {

/// Updates after which a job that has had no gradient fails. Parameters without a gradient stay as they are,
/// so a job that shows the network the same picture each step is lost after the first; under random views a
/// later one may yet find something, but hardly after so many.
constexpr int kSilentSteps = 32;

}  // namespace

JobCourse::JobCourse(const RenderOptions& options)
    : asked_(options.steps), steps_(options.steps), row_(static_cast<std::size_t>(options.patience)) {}

/// Decides from the curve alone, whenever a row of it is complete.
void JobCourse::follow(Lane& lane, int slot) {
  const int patience = static_cast<int>(row_.size()), done = lane.steps_done(slot);
  if (patience == 0 || done % patience != 0 || done >= steps_) return;
  lane.read_curve(slot, 0, done - patience, row_);
  const double mean = std::accumulate(row_.begin(), row_.end(), 0.0) / patience;
  if (!(mean > best_mean_)) steps_ = done;
  best_mean_ = std::max(best_mean_, mean);
}

std::optional<std::string> JobCourse::failure(Lane& lane, int slot) const {
  const int step = lane.failed_step(slot);
  if (step > 0 && step <= steps_) return lane.describe_failure(slot, step);
  if (silent(lane, slot)) return lane.describe_silence(slot, std::min(kSilentSteps, asked_));
  return std::nullopt;
}

/// Whether the job had its chance and no gradient.
bool JobCourse::silent(const Lane& lane, int slot) const {
  const int chances = std::min(kSilentSteps, asked_);
  const int first = lane.first_moved(slot);
  return lane.steps_done(slot) >= chances && (first == 0 || first > chances);
}

void JobCourse::resume(int steps, double best_mean) {
  steps_ = steps;
  best_mean_ = best_mean;
}

}  // namespace limpid
