// What a session costs over the bare executor that runs the same plan: forward and back from a cotangent, all copies
// between the caller's memory and the network's included. The two take turns; a JSON line a layer.
#include "engine/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "bench/timing.h"
#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "weights/synthetic.h"

namespace limpid::bench {
namespace {

constexpr int kSide = 224;
constexpr int kRounds = 40;

double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const std::shared_ptr<const Model>& model, const std::string& layer, int threads) {
  SessionOptions options;
  options.targets = {layer};
  options.compute = {"cpu", Precision::fp32, threads};
  Session session(model, options);
  const Extents input{1, 3, kSide, kSide};
  const Extents map = session.target_extents(0, 1, kSide, kSide);
  std::vector<float> picture(std::size_t{3} * kSide * kSide, 0.5F), gradient(picture.size());
  std::vector<float> values(static_cast<std::size_t>(map[1] * map[2] * map[3])), cotangent(values);
  std::fill(cotangent.begin(), cotangent.end(), 1.0F);
  const TensorView<float> output = dense_view(values.data(), map);
  const TensorView<const float> given = dense_view(cotangent.data(), map);

  Device device(options.compute);
  TargetRequest target{layer, false, {}, {0, 0, 0, 0}, true};
  PlanRequest request{{target}, kSide, kSide, 1, true};
  request.repeats = true;
  ExecutorOptions exact = device.executor_options();
  exact.translation_exact = true;
  NetworkExecutor bare(device.backend(), device.stream(), *model, make_plan(*model, request), exact);

  std::vector<double> of_bare, of_session;
  for (int round = 0; round < kRounds + 2; ++round) {
    const double executor = seconds_of([&] {
      bare.forward();
      bare.backward();
    });
    const double whole = seconds_of([&] {
      session.forward(dense_view(picture.data(), input), {&output, 1});
      session.backward({&given, 1}, dense_view(gradient.data(), input));
    });
    if (round < 2) continue;  // Not warm yet.
    of_bare.push_back(executor);
    of_session.push_back(whole);
  }
  const Spread executor = spread_of(of_bare);
  const Spread whole = spread_of(of_session);
  fmt::print(
      "{{\"job\": \"session\", \"layer\": \"{}\", \"size\": {}, \"threads\": {}, \"executor_ms\": {:.3f}, "
      "\"session_ms\": {:.3f}, \"ratio_of_medians\": {:.4f}, \"ratio_of_least\": {:.4f}}}\n",
      layer, kSide, threads, 1e3 * executor.median, 1e3 * whole.median, whole.median / executor.median,
      whole.least / executor.least);
}

}  // namespace
}  // namespace limpid::bench

/// Layers as arguments; without any, from the picture's neighbour to the deepest.
int main(int count, char** arguments) {
  std::vector<std::string> layers(arguments + 1, arguments + count);
  if (layers.empty()) layers = {"conv2d0", "mixed3a", "mixed4a", "mixed5b"};
  try {
    const auto model = std::make_shared<const limpid::Model>(limpid::synthetic_model("bvlc_googlenet", 1));
    for (const std::string& layer : layers) limpid::bench::measure(model, layer, 1);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "limpid_bench_session: {}\n", error.what());
    return 1;
  }
}
