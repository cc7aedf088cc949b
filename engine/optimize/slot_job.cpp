#include "engine/optimize/slot_job.h"

#include <fmt/format.h>

namespace limpid {

std::string describe_failure(const SlotJob& job, int step, const std::string& operation) {
  return fmt::format("{}, seed {}: step {}: {} is not finite; a lower learning rate may help",
                     to_string(job.goals.objective), job.seed, step,
                     operation.empty() ? "the gradient" : "the result of " + operation);
}

std::string describe_silence(const SlotJob& job, int steps) {
  std::string help = "another seed";
  if (!job.goals.objective.leading().pre_relu) {
    help = "the objective before the ReLU (:pre), where it has a slope, or " + help;
  }
  if (job.redirected_relu == 0) help = "the redirected ReLU, which wakes silent units, " + help;
  return fmt::format(
      "{}, seed {}: the gradient was zero everywhere in the first {} steps, so the picture never changed; "
      "what may help: {}",
      to_string(job.goals.objective), job.seed, steps, help);
}

}  // namespace limpid
