// limpid tune: which algorithm of the GPU's libraries is fastest for which convolution, measured.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "engine/network/conv_requests.h"
#include "engine/network/device.h"
#include "engine/optimize/lane_plan.h"
#include "engine/step/step_binder.h"
#include "kernels/conv/conv_choice.h"
#include "kernels/core/limits.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/mebi.h"

namespace limpid {
namespace {

struct TuneArguments {
  std::string objective = "mixed5b";
  std::string size = "224";
  int batch = 1;
  std::string device = "cuda";
  std::string precision = "auto";
  bool json = false;
  std::string weights;
};

/// One convolution and what was measured.
struct TunedConvolution {
  ConvRequest request;
  ConvTuning tuning;

  /// Of the algorithm that is kept; 0 where none is sound.
  double microseconds() const {
    const auto& algorithms = tuning.algorithms;
    return algorithms.empty() || !algorithms.front().sound() ? 0 : algorithms.front().microseconds;
  }
  double teraflops(const TimedAlgorithm& algorithm) const {
    return 2 * request.shape.macs() * request.batch / algorithm.microseconds * 1e-6;
  }
};

/// What was asked for, resolved.
struct TuneJob {
  std::string objective;
  int height = 0, width = 0, batch = 1;
  std::string device;
  Precision precision = Precision::fp16;
};

RenderOptions options_of(const TuneArguments& arguments, const Model& model) {
  RenderOptions options;
  options.objective = parse_objective(arguments.objective, model);
  const Size size = parse_size(arguments.size);
  options.height = size.height;
  options.width = size.width;
  check_render_options(options);
  return options;
}

void print_tuning_table(const TunedConvolution& convolution) {
  print_out("{}: {}\n", convolution.request.layer, cuda::describe(convolution.request));
  for (const TimedAlgorithm& algorithm : convolution.tuning.algorithms) {
    if (algorithm.sound()) {
      print_out("  {:9.2f} us {:7.1f} TFLOP/s  error {:.1e}  {:8.1f} MiB  {}\n", algorithm.microseconds,
                convolution.teraflops(algorithm), algorithm.relative_error,
                static_cast<double>(algorithm.workspace_bytes) / kMebi, algorithm.name);
    } else {
      print_out("  refused: {} (error {:.1e}): {}\n", algorithm.name, algorithm.relative_error,
                algorithm.refusal);
    }
  }
  std::fflush(stdout);  // A table takes a while, and whoever reads along wants it now.
}

void print_tuning_totals(const TuneJob& job, const std::vector<TunedConvolution>& convolutions) {
  double total = 0;
  for (const TunedConvolution& convolution : convolutions) total += convolution.microseconds();
  print_out("\n{}, {} x {}, batch {}, {} on {}: {} convolutions that differ, {:.1f} us one after another\n",
            job.objective, job.height, job.width, job.batch, to_string(job.precision), job.device,
            convolutions.size(), total);
  print_out("the fastest of each is kept in {}\n", convolutions.front().tuning.cache_file);
}

using Json = nlohmann::ordered_json;

Json convolution_json(const TunedConvolution& convolution) {
  Json algorithms = Json::array();
  for (const TimedAlgorithm& algorithm : convolution.tuning.algorithms) {
    Json row = {{"name", algorithm.name},
                {"workspace_bytes", algorithm.workspace_bytes},
                {"relative_error", algorithm.relative_error}};
    if (algorithm.sound()) {
      row["microseconds"] = algorithm.microseconds;
      row["flop_per_second"] = convolution.teraflops(algorithm) * 1e12;
    } else {
      row["refusal"] = algorithm.refusal;
    }
    algorithms.push_back(std::move(row));
  }
  return {{"layer", convolution.request.layer},
          {"convolution", cuda::describe(convolution.request)},
          {"algorithms", std::move(algorithms)}};
}

void print_tuning_object(const TuneJob& job, const std::vector<TunedConvolution>& convolutions) {
  Json rows = Json::array();
  for (const TunedConvolution& convolution : convolutions) rows.push_back(convolution_json(convolution));
  print_json({{"objective", job.objective},
              {"height", job.height},
              {"width", job.width},
              {"batch", job.batch},
              {"device", job.device},
              {"precision", to_string(job.precision)},
              {"cache_file", convolutions.front().tuning.cache_file},
              {"convolutions", std::move(rows)}});
}

void tune(const TuneArguments& arguments) {
  ComputeOptions compute;
  compute.device = arguments.device;
  compute.precision = parse_precision(arguments.precision);
  Device device(compute);
  const Model model = load_weights(arguments.weights);
  const RenderOptions options = options_of(arguments, model);
  // The very plan that renders and grids run: several pictures share one for all channels of a branch.
  LaneSpec lane = lane_for(model, options, arguments.batch > 1);
  lane.slots = arguments.batch;
  const Plan plan = plan_of(model, lane, first_stages(lane), concurrency_of(device.backend()));

  std::vector<TunedConvolution> convolutions;
  for (const ConvRequest& request :
       conv_requests(plan, device.executor_options(), device.backend().groups_input())) {
    convolutions.push_back({request, device.backend().tune(device.stream(), request)});
    if (!arguments.json) print_tuning_table(convolutions.back());
  }
  const TuneJob job{to_string(options.objective), options.height,    options.width, arguments.batch,
                    device.backend().name(),      device.precision()};
  (arguments.json ? print_tuning_object : print_tuning_totals)(job, convolutions);
}

void add_tune_options(CLI::App& command, TuneArguments& arguments) {
  command.add_option("objective", arguments.objective, "What is to be rendered, as `limpid render` takes it")
      ->capture_default_str();
  command.add_option("-s,--size", arguments.size, "Height and width of the picture, N or HxW")
      ->capture_default_str()
      ->type_name("PIXELS");
  command.add_option("-b,--batch", arguments.batch, "Images that take a step together")
      ->check(CLI::Range(1, kMostBatch))
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--device", arguments.device, "cuda or cuda:N; a processor has nothing to tune")
      ->capture_default_str()
      ->type_name("DEVICE");
  command.add_option("--precision", arguments.precision, "Numbers to compute in; auto is fp16")
      ->check(CLI::IsMember(precision_names()))
      ->capture_default_str();
  command.add_flag("--json", arguments.json, "One object with everything, once all is measured");
  add_weights_option(command, arguments.weights);
}

}  // namespace

void add_tune_command(CLI::App& program) {
  auto arguments = std::make_shared<TuneArguments>();
  CLI::App* command = program.add_subcommand("tune", "Find the fastest convolutions of a GPU, once");
  add_tune_options(*command, *arguments);
  command->footer(
      "Times every algorithm that cuDNN, cuBLASLt and limpid have for each convolution of a step, with a "
      "cold "
      "L2 cache, checks its result, and keeps the fastest. Renders of the same size, batch and precision on "
      "such a card take it from then on. What was measured is kept even when the command is stopped. Let "
      "nothing else run on the card meanwhile.\n\n"
      "Environment:\n"
      "  LIMPID_CACHE  folder of the plan cache, plans.json; default: limpid in the user's cache folder\n\n"
      "Examples:\n"
      "  limpid tune\n"
      "  limpid tune mixed4a:11 --batch 64 --precision bf16");
  command->callback([arguments] { tune(*arguments); });
}

}  // namespace limpid
