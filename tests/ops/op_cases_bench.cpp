// The cases of full size against the clock, one image, on the CPU with all cores or on a GPU.
//
//   op_cases_bench --benchmark_filter=Lrn
//   op_cases_bench cuda --benchmark_filter=MaxPool      (the first GPU, a batch of 64)
#include <benchmark/benchmark.h>

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
struct Place {
  std::unique_ptr<Backend> backend;
  std::unique_ptr<OwnedStream> own;
  Stream stream;
};

void time_case(benchmark::State& state, const OpCase& c, Place& place) {
  Operands operands(*place.backend, place.stream, {DType::f32, DType::f32, place.backend->groups_input()});
  const auto run = c.prepare(*place.backend, operands);
  run(place.stream);
  for (auto _ : state) state.SetIterationTime(place.backend->time(place.stream, run));
  state.counters["B/s"] =
      benchmark::Counter(operands.traffic(), benchmark::Counter::kIsIterationInvariantRate);
}

void add_cases(bool on_gpu) {
  const auto place = std::make_shared<Place>();
  place->backend = on_gpu ? cuda_library::make_backend(0) : cpu::make_backend();
  place->own = place->backend->make_stream();
  place->stream = on_gpu ? place->own->get()
                         : threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  for (const OpCase& c : full_size_cases(on_gpu ? 64 : 1)) {
    benchmark::RegisterBenchmark(c.name().c_str(),
                                 [c, place](benchmark::State& state) { time_case(state, c, *place); })
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
