#include "bench/profile.h"

#include <map>

#include "bench/timing.h"
#include "engine/optimize/step_cost.h"

namespace limpid::bench {
namespace {

constexpr int kStageSamples = 3;
constexpr std::size_t kMostColdSamples = 20;

/// On a GPU, of runs that find nothing in the L2: in a step of a large batch an operation's operands have
/// left it long before.
double cold_seconds_of(Backend& backend, const Stream& stream, double seconds_each, const Task& task) {
  std::vector<double> samples;
  for (double spent = 0; samples.size() < kStageSamples || spent < seconds_each; spent += samples.back()) {
    samples.push_back(backend.time(stream, task.run));
    if (samples.size() == kMostColdSamples) break;
  }
  return spread_of(std::move(samples)).median;
}

double seconds_of(DeviceTimer& timer, double seconds_each, const std::function<void()>& run) {
  const int count = timer.count_for(seconds_each / kStageSamples, run);
  std::vector<double> samples;
  for (int i = 0; i < kStageSamples; ++i) samples.push_back(timer.seconds(count, run));
  return spread_of(std::move(samples)).median;
}

}  // namespace

std::vector<ProfiledOperation> profile(Backend& backend, const Stream& stream, Lane& lane,
                                       Precision precision, const Card& ceilings, double seconds_each) {
  const NetworkExecutor& network = lane.network();
  const StepCost cost = step_cost(lane.step_plan(), network.plan(),
                                  {precision, backend.groups_input(), concurrency_of(backend)});
  std::map<std::string, std::string> algorithms;
  for (const auto* operations : {&network.forward_ops(), &network.backward_ops()}) {
    for (const NetworkExecutor::BoundOp& operation : *operations) {
      algorithms[operation.name] = operation.algorithm;
    }
  }

  DeviceTimer timer(backend, stream);
  std::vector<ProfiledOperation> profiled;
  for (std::size_t i = 0; i < cost.operations.size(); ++i) {
    const Task& task = lane.step_tasks()[i];
    const double seconds = backend.asynchronous()
                               ? cold_seconds_of(backend, stream, seconds_each, task)
                               : seconds_of(timer, seconds_each, [&] { task.run(stream); });
    const OperationCost& known = cost.operations[i];
    profiled.push_back({known, algorithms[task.name], seconds, known.floor(ceilings, precision)});
  }
  return profiled;
}

}  // namespace limpid::bench
