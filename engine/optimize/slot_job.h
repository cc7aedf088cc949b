// What one slot of a lane works on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/objective/terms.h"
#include "engine/options/render_options.h"
#include "kernels/core/slot_key.h"
#include "kernels/ops/update_rule.h"

namespace limpid {

/// What one slot works on; slots change jobs without a new plan.
struct SlotJob {
  Goals goals;
  std::uint64_t seed = 0;
  std::uint32_t image = 0;  ///< Number of the first image among those of one seed.
  UpdateRule update;
  Transforms transforms;
  float settle = 1;  ///< As of ViewOptions.
  ReluGradient relu_gradient = ReluGradient::redirected;
  int redirected_relu = 17;
  float initial_deviation = 0.01F;
  std::shared_ptr<const Photo> init;
  std::shared_ptr<const Mask> mask;  ///< In a masked lane alone.
};

/// The key of the random numbers of a picture of the job (its photos are numbered behind its images) after so many updates.
inline SlotKey key_of(const SlotJob& job, int number, std::uint32_t steps_done) {
  return {job.seed, job.image + static_cast<std::uint32_t>(number), steps_done};
}

/// One line for people on a step that failed, at the result of `operation` where that is known.
std::string describe_failure(const SlotJob& job, int step, const std::string& operation);

/// One line on a job that had no gradient in its first `steps` steps, with what may help.
std::string describe_silence(const SlotJob& job, int steps);

}  // namespace limpid
