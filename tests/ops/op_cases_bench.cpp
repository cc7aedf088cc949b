// The cases of full size against the clock, one image, on the CPU with all cores or on a GPU.
//
//   op_cases_bench --benchmark_filter=Lrn
//   op_cases_bench cuda --benchmark_filter=MaxPool      (the first GPU, a batch of 64)
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>
#include <thread>

#include "kernels/core/error.h"
#include "kernels/cuda_library.h"
#include "tests/image/support.h"
#include "tests/ops/op_case.h"

namespace limpid::test {
namespace {

/// Where the cases run.
struct Device {
  std::unique_ptr<Backend> backend;
  std::unique_ptr<OwnedStream> own;
  Stream stream;
};

void time_case(benchmark::State& state, const OpCase& c, Device& device) {
  Operands operands(*device.backend, device.stream, {DType::f32, DType::f32, device.backend->groups_input()});
  const auto run = c.prepare(*device.backend, operands);
  run(device.stream);
  for (auto _ : state) state.SetIterationTime(device.backend->time(device.stream, run));
  state.counters["B/s"] =
      benchmark::Counter(operands.traffic(), benchmark::Counter::kIsIterationInvariantRate);
}

void add_cases(bool on_gpu) {
  const auto device = std::make_shared<Device>();
  device->backend = on_gpu ? cuda_library::make_backend(0) : cpu::make_backend();
  device->own = device->backend->make_stream();
  device->stream = on_gpu ? device->own->get()
                          : threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  for (const OpCase& c : full_size_cases(on_gpu ? 64 : 1)) {
    benchmark::RegisterBenchmark(c.name().c_str(),
                                 [c, device](benchmark::State& state) { time_case(state, c, *device); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace
}  // namespace limpid::test

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const bool on_gpu = argc == 2 && std::string_view(argv[1]) == "cuda";
  if (!on_gpu && benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  try {
    limpid::test::add_cases(on_gpu);
    benchmark::RunSpecifiedBenchmarks();
  } catch (const limpid::Error& error) {
    std::fprintf(stderr, "op_cases_bench: %s\n", error.what());
    return error.exit_code();
  }
  benchmark::Shutdown();
  return 0;
}
