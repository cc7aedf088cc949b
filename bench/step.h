// Whole optimisation steps of a batch, measured.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "bench/profile.h"
#include "bench/timing.h"
#include "engine/limpid.hpp"
#include "engine/network/device.h"
#include "weights/model.h"

namespace limpid::bench {

/// What is measured.
struct StepCase {
  RenderOptions options;
  int batch = 1;  ///< Jobs, a seed each.
};

/// How long and how often.
struct StepEffort {
  int blocks = 5;                ///< Timed blocks of steps.
  double block_seconds = 0.5;    ///< Of a block, about.
  int most_steps = 512;          ///< Of the search for `reach`.
  std::optional<double> reach;   ///< Mean objective over the batch to reach, if any.
  double operation_seconds = 0;  ///< For each operation of the profile; 0 for no profile.
};

/// When a fixed value of the objective was reached.
struct Reached {
  int steps = 0;
  double seconds = 0;
};

struct StepMeasurement {
  Spread step_seconds;  ///< Of a step of the whole batch; one sample a block.
  int steps_per_block = 0;
  double other_load = 0;           ///< Cores that other processes kept busy meanwhile.
  std::size_t memory_bytes = 0;    ///< Of a GPU: what the step took of it. Of the CPU: peak of the process.
  std::optional<Reached> reached;  ///< None where it was not asked for, or not reached.
  Lane::Shape shape;
  std::vector<ProfiledOperation> operations;
};

/// Builds a lane, warms it up past the steps with redirected ReLUs, and measures. Throws as Lane does.
StepMeasurement measure_step(Device& device, const Model& model, const StepCase& what,
                             const StepEffort& effort, const Card& ceilings);

}  // namespace limpid::bench
