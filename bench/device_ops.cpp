#include "bench/device_ops.h"

#include <benchmark/benchmark.h>

#include <memory>

#include "engine/network/device.h"
#include "engine/optimize/lane.h"
#include "weights/synthetic.h"

namespace limpid::bench {
namespace {

/// A lane on a device, after a step.
struct Stepped {
  Stepped(const std::string& device_name, int batch)
      : device({device_name, Precision::automatic, 0}),
        model(synthetic_model("bvlc_googlenet", 0)),
        lane(device.backend(), device.stream(), model, spec(batch, device)) {
    for (int i = 0; i < batch; ++i) {
      SlotJob job;
      ObjectiveTerm layer;
      layer.layer = "mixed5b";
      layer.kind = TermKind::layer;
      job.goals.objective = layer;
      job.seed = static_cast<std::uint64_t>(i);
      job.transforms = default_transforms();
      lane.start(i, job);
    }
    lane.step();
    lane.synchronise();
  }

  static LaneSpec spec(int batch, const Device& device) {
    LaneSpec spec;
    spec.goals.targets = {{"mixed5b", false, {}}};
    spec.slots = batch;
    spec.executor = device.executor_options();
    return spec;
  }

  Device device;
  Model model;
  Lane lane;
};

}  // namespace

void add_device_operations(const std::string& device, int batch) {
  const auto stepped = std::make_shared<Stepped>(device, batch);
  for (const Task& task : stepped->lane.step_tasks()) {
    const auto time = [stepped, &task](benchmark::State& state) {
      for (auto _ : state) {
        state.SetIterationTime(stepped->device.backend().time(stepped->device.stream(), task.run));
      }
    };
    benchmark::RegisterBenchmark(task.name.c_str(), time)->UseManualTime()->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace limpid::bench
