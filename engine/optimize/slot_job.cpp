#include "engine/optimize/slot_job.h"

#include <fmt/format.h>

namespace limpid {
namespace {

/// The job's objective, or that it is none of limpid's.
std::string objective_of(const SlotJob& job) {
  const Objective& objective = job.goals.objective;
  return objective.terms.empty() ? "an objective of the caller's" : to_string(objective);
}

}  // namespace

std::string describe_failure(const SlotJob& job, int step, const std::string& operation) {
  return fmt::format(
      "{}, seed {}: step {}: {} is not finite; a lower learning rate or smaller weights may help",
      objective_of(job), job.seed, step,
      operation.empty() ? "the gradient or its square" : "the result of " + operation);
}

std::string describe_silence(const SlotJob& job, int steps) {
  std::string help = "another seed";
  const Objective& objective = job.goals.objective;
  if (!objective.terms.empty() && !objective.leading().pre_relu) {
    help = "the objective before the ReLU (:pre), where it has a slope, or " + help;
  }
  if (job.redirected_relu == 0) help = "the redirected ReLU, which wakes silent units, " + help;
  return fmt::format(
      "{}, seed {}: the gradient was zero everywhere in the first {} steps, so the picture never changed; "
      "what may help: {}",
      objective_of(job), job.seed, steps, help);
}

}  // namespace limpid
