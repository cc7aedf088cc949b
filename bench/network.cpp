// limpid_bench: the network and the optimisation step, measured. Prints one JSON line per job.
//
//   limpid_bench gradient --target mixed4a:11 --batch 8
//   limpid_bench step --target mixed5b:7
//   limpid_bench render --weights bvlc.h5 --steps 512
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "bench/quiet.h"
#include "engine/limpid.hpp"
#include "engine/network/device.h"
#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"
#include "kernels/core/error.h"
#include "weights/import.h"
#include "weights/synthetic.h"

namespace limpid::bench {
namespace {

struct Options {
  std::string job;
  std::string target = "mixed4a:11";
  std::string weights;
  int batch = 1;
  int size = 224;
  int threads = 0;
  int steps = 512;
  std::uint64_t seed = 0;
  double seconds = 6;
};

/// Steps before times are taken: caches fill, and lucid's rule for ReLU gradients gives way to the plain one
/// after 17.
constexpr int kWarmUpSteps = 20;

/// Values of the objective that describe where a render ended.
constexpr std::size_t kLateSteps = 32;

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Model load_model(const Options& options) {
  return options.weights.empty() ? synthetic_model("bvlc_googlenet", 0) : import_model(options.weights);
}

/// The processor: the peers that these jobs are held against run there.
ComputeOptions compute_options(const Options& options) {
  ComputeOptions compute;
  compute.device = "cpu";
  compute.threads = options.threads;
  return compute;
}

RenderOptions render_options(const Options& options, const Model& model) {
  RenderOptions render;
  render.objective = parse_objective(options.target, model);
  render.height = render.width = options.size;
  render.steps = options.steps;
  render.seed = options.seed;
  render.compute = compute_options(options);
  return render;
}

/// Forward and input gradient of a batch with the same objective in every slot.
nlohmann::json gradient(const Options& options, const Model& model) {
  const Objective objective = parse_objective(options.target, model);
  Device device(compute_options(options));
  const GoalShape shape = shape_of({objective, {}});
  PlanRequest request{shape.targets, options.size, options.size, options.batch};
  request.micro_batches = {MicroBatches::kFittingCaches, true, !shape.joined};
  NetworkExecutor network(device.backend(), device.stream(), model, make_plan(model, request));
  for (int i = 0; i < options.batch; ++i) {
    network.set_term(0, i, term_of(objective.leading(), network.plan().targets.front()));
  }
  const Planar<float> input = network.input();
  for (std::int64_t i = 0; i < input.elements(); ++i) {
    input.data[i] = static_cast<float>(i * 7919 % 256) - 117.0F;  // Uncorrelated values of a picture's range.
  }
  nlohmann::json result = measure(sampler_of([&] { network.gradient(); }), options.seconds);
  result["arena_mib"] = static_cast<double>(network.arena_bytes()) / (1 << 20);
  return result;
}

/// Whole optimisation steps, as the public API runs them.
nlohmann::json step(const Options& options, const Model& model) {
  RenderOptions render_job = render_options(options, model);
  render_job.steps = 1'000'000;
  const auto sample = [&](double seconds) {
    std::vector<double> samples;
    Clock::time_point previous, end;
    render(model, render_job, [&](const RenderProgress& progress) {
      const Clock::time_point now = Clock::now();
      if (progress.step == kWarmUpSteps)
        end = now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
      if (progress.step > kWarmUpSteps) samples.push_back(milliseconds(now - previous));
      previous = now;
      return progress.step <= kWarmUpSteps + 5 || now < end;
    });
    return samples;
  };
  return measure(sample, options.seconds);
}

/// A whole render, and the objective it reaches: `objective_late` is the mean over its last steps, each at a
/// random view; `objective_plain` that of the final picture as it is.
nlohmann::json full_render(const Options& options, const Model& model) {
  const RenderOptions render_job = render_options(options, model);
  const OtherLoad load;
  const Clock::time_point start = Clock::now();
  const RenderResult result = render(model, render_job);
  const double elapsed = milliseconds(Clock::now() - start);
  const double cores = load.cores();

  const auto updates = static_cast<std::ptrdiff_t>(result.objective.size()) - 1;
  const auto late = std::min<std::ptrdiff_t>(updates, kLateSteps);
  const auto end = result.objective.begin() + updates;
  const Image& picture = result.snapshots.back().image;
  return {{"seconds", elapsed / 1e3},
          {"median_ms", elapsed / options.steps},
          {"steps", options.steps},
          {"seed", options.seed},
          {"objective_late", std::accumulate(end - late, end, 0.0) / static_cast<double>(late)},
          {"objective_plain", input_gradient(model, picture, render_job.objective).value},
          {"other_load", cores}};
}

void run(const Options& options) {
  if (options.job != "gradient" && options.batch != 1) fail_usage("--batch: {} has one image", options.job);
  const Model model = load_model(options);
  nlohmann::json line = options.job == "gradient" ? gradient(options, model)
                        : options.job == "step"   ? step(options, model)
                                                  : full_render(options, model);
  line.update({{"program", "limpid"},
               {"version", version()},
               {"job", options.job},
               {"target", options.target},
               {"batch", options.batch},
               {"size", options.size},
               {"layout", "nChw8c"},
               {"threads", HostThreads(options.threads).stream().threads()}});
  std::puts(line.dump().c_str());
}

Options parse(CLI::App& app, int argc, char** argv) {
  Options options;
  app.add_option("job", options.job, "gradient, step or render")
      ->required()
      ->check(CLI::IsMember({"gradient", "step", "render"}));
  app.add_option("--target", options.target, "Objective")->capture_default_str();
  app.add_option("--weights", options.weights, "Weights file; random ones of BVLC's shape without it");
  app.add_option("--batch", options.batch, "Images at once, of gradient")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--size", options.size, "Height and width")->capture_default_str();
  app.add_option("--threads", options.threads, "Host threads; 0 for all cores")->capture_default_str();
  app.add_option("--steps", options.steps, "Of render")->capture_default_str();
  app.add_option("--seed", options.seed, "Of render")->capture_default_str();
  app.add_option("--seconds", options.seconds, "Of sampling per try")->capture_default_str();
  app.parse(argc, argv);
  return options;
}

}  // namespace
}  // namespace limpid::bench

int main(int argc, char** argv) {
  CLI::App app{"Measures limpid's network and optimisation step; one JSON line per job"};
  try {
    limpid::bench::run(limpid::bench::parse(app, argc, argv));
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const limpid::Error& error) {
    std::fprintf(stderr, "limpid_bench: %s\n", error.what());
    return error.exit_code();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "limpid_bench: %s\n", error.what());
    return 1;
  }
}
