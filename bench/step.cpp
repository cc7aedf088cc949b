#include "bench/step.h"

#include <chrono>
#include <numeric>

#include "bench/machine.h"
#include "bench/quiet.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/core/error.h"

namespace limpid::bench {
namespace {

/// More than the 17 that lucid's rule for ReLU gradients serves; caches fill meanwhile.
constexpr int kWarmUpSteps = 20;

/// Steps between looks at the objective on the way to a value.
constexpr int kStepsPerLook = 8;

/// Memory that building something took.
class MemoryMeter {
 public:
  explicit MemoryMeter(const Backend& backend) : backend_(backend), free_(backend.free_bytes()) {
    reset_peak_memory();
  }

  std::size_t bytes() const {
    if (!backend_.asynchronous()) return peak_memory();
    const std::size_t now = backend_.free_bytes();
    return free_ > now ? free_ - now : 0;
  }

 private:
  const Backend& backend_;
  std::size_t free_;
};

/// A lane of one kind of job, a seed to each slot.
class Batch {
 public:
  Batch(Device& device, const Model& model, const StepCase& what, int most_steps)
      : what_(what), lane_(device.backend(), device.stream(), model, spec(device, model, what, most_steps)) {}

  Lane& lane() { return lane_; }

  void start() {
    for (int slot = 0; slot < what_.batch; ++slot) {
      SlotJob job = slot_job(what_.options);
      job.seed = what_.options.seed + static_cast<std::uint64_t>(slot);
      lane_.start(slot, job);
    }
  }

  /// Throws Error{runtime} where a job has failed.
  double mean_value() {
    lane_.synchronise();
    double sum = 0;
    for (int slot = 0; slot < what_.batch; ++slot) {
      const int failed = lane_.failed_step(slot);
      if (failed != 0) fail_runtime("{}", lane_.describe_failure(slot, failed));
      sum += lane_.value(slot);
    }
    return sum / what_.batch;
  }

 private:
  static LaneSpec spec(const Device& device, const Model& model, const StepCase& what, int most_steps) {
    LaneSpec lane = lane_for(model, what.options, false);
    lane.slots = what.batch;
    lane.most_steps = most_steps;
    lane.executor = device.executor_options();
    return lane;
  }

  StepCase what_;
  Lane lane_;
};

void time_blocks(Device& device, Batch& batch, const StepEffort& effort, StepMeasurement& result) {
  DeviceTimer timer(device.backend(), device.stream());
  const auto step = [&] { batch.lane().step(); };
  timer.seconds(kWarmUpSteps, step);
  result.steps_per_block = timer.count_for(effort.block_seconds, step);
  const OtherLoad load;
  std::vector<double> samples;
  for (int i = 0; i < effort.blocks; ++i) samples.push_back(timer.seconds(result.steps_per_block, step));
  result.other_load = load.cores();
  result.step_seconds = spread_of(std::move(samples));
}

std::optional<Reached> time_to_value(Batch& batch, double value, int most_steps) {
  batch.start();
  batch.lane().synchronise();
  const auto begin = std::chrono::steady_clock::now();
  for (int done = 0; done < most_steps;) {
    for (int i = 0; i < kStepsPerLook && done < most_steps; ++i, ++done) batch.lane().step();
    const double mean = batch.mean_value();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    if (mean >= value) return Reached{done, elapsed.count()};
  }
  return std::nullopt;
}

}  // namespace

StepMeasurement measure_step(Device& device, const Model& model, const StepCase& what,
                             const StepEffort& effort, const Card& ceilings) {
  StepMeasurement result;
  const MemoryMeter memory(device.backend());
  Batch batch(device, model, what, effort.most_steps);
  batch.start();
  time_blocks(device, batch, effort, result);
  batch.mean_value();
  result.memory_bytes = memory.bytes();
  result.shape = batch.lane().shape();
  if (effort.reach) result.reached = time_to_value(batch, *effort.reach, effort.most_steps);
  if (effort.operation_seconds > 0) {
    result.operations = profile(device.backend(), device.stream(), batch.lane(), device.precision(), ceilings,
                                effort.operation_seconds);
  }
  return result;
}

}  // namespace limpid::bench
