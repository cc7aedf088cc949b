#include "bench/profile.h"

#include <map>

#include "bench/timing.h"
#include "engine/network/cost.h"

namespace limpid::bench {
namespace {

constexpr int kSamples = 3;

double seconds_of(DeviceTimer& timer, double seconds_each, const std::function<void()>& run) {
  const int count = timer.count_for(seconds_each / kSamples, run);
  std::vector<double> samples;
  for (int i = 0; i < kSamples; ++i) samples.push_back(timer.seconds(count, run));
  return spread_of(std::move(samples)).median;
}

}  // namespace

std::vector<ProfiledOperation> profile(Backend& backend, const Stream& stream, Lane& lane,
                                       Precision precision, const Card& ceilings, double seconds_each) {
  const NetworkExecutor& network = lane.network();
  const NetworkCost cost = network_cost(network.plan(), {storage_of(precision), backend.groups_input()});
  std::map<std::string, const OperationCost*> costs;
  for (const auto* operations : {&cost.forward, &cost.backward}) {
    for (const OperationCost& operation : *operations) costs[operation.name] = &operation;
  }

  DeviceTimer timer(backend, stream);
  std::vector<ProfiledOperation> profiled;
  for (const auto* operations : {&network.forward_ops(), &network.backward_ops()}) {
    for (const NetworkExecutor::BoundOp& operation : *operations) {
      const double seconds = seconds_of(timer, seconds_each, [&] { operation.run(stream); });
      const OperationCost& known = *costs.at(operation.name);
      profiled.push_back({known, operation.algorithm, seconds, known.floor(ceilings, precision)});
    }
  }
  return profiled;
}

}  // namespace limpid::bench
