// Rendering one image.
#include <algorithm>
#include <chrono>

#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr int kLargestSize = 8192;
constexpr int kMostSteps = 1'000'000;

void check(const RenderOptions& options) {
  for (const int extent : {options.height, options.width}) {
    if (extent < 1 || extent > kLargestSize) {
      fail_usage("size {}x{} is out of range: each side is 1 to {} pixels", options.height, options.width,
                 kLargestSize);
    }
  }
  if (options.steps < 1 || options.steps > kMostSteps) {
    fail_usage("{} steps are out of range: 1 to {}", options.steps, kMostSteps);
  }
  for (const int threshold : options.thresholds) {
    if (threshold < 1 || threshold > options.steps) {
      fail_usage("threshold {} is out of range: 1 to the number of steps, {}", threshold, options.steps);
    }
  }
  if (!(options.learning_rate > 0)) fail_usage("learning rate {} must be positive", options.learning_rate);
  if (!(options.decay_power >= 0)) fail_usage("decay power {} must not be negative", options.decay_power);
  if (options.threads < 0)
    fail_usage("{} threads: give 0 for all cores, or a positive number", options.threads);
}

}  // namespace

RenderResult render(const Model& model, const RenderOptions& options,
                    const std::function<bool(const RenderProgress&)>& progress) {
  check(options);
  HostThreads threads(options.threads);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, threads.stream(), model,
            {target_of(options.objective), options.height, options.width, 1, options.parameterisation,
             options.decorrelate_colour, options.decay_power});
  lane.start(0, {options.objective, options.seed, 0, options.learning_rate, options.augmentation,
                 options.redirected_relu});

  RenderResult result;
  result.objective.reserve(static_cast<std::size_t>(options.steps) + 1);
  const auto begin = std::chrono::steady_clock::now();
  int done = 0;
  bool go_on = true;
  while (done < options.steps && go_on) {
    lane.step();
    ++done;
    result.objective.push_back(lane.value(0));
    if (progress) {
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      go_on = progress({done, options.steps, lane.value(0), done / elapsed.count()});
    }
    const bool wanted =
        std::find(options.thresholds.begin(), options.thresholds.end(), done) != options.thresholds.end();
    if (wanted || done == options.steps || !go_on) result.snapshots.push_back({done, lane.picture(0)});
  }
  lane.evaluate();
  result.objective.push_back(lane.value(0));
  return result;
}

}  // namespace limpid
