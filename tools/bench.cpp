// limpid bench: optimisation steps measured, and their operations held against the device's own ceilings.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/ceilings.h"
#include "bench/report.h"
#include "engine/limpid.hpp"
#include "engine/network/device.h"
#include "engine/optimize/lane_plan.h"
#include "engine/pictures/picture_files.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/core/numbers.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/notes.h"
#include "tools/output_file.h"
#include "tools/render_options.h"
#include "weights/file_bytes.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

constexpr double kLeastSeconds = 1e-3, kMostSeconds = 3600;
constexpr const char* kRandomWeights = "random";

struct BenchArguments {
  std::vector<std::string> layers = {"mixed4a:11"};
  std::vector<std::string> sizes = {"224"};
  std::vector<int> batches = {1};
  std::vector<std::string> precisions = {"auto"};
  std::string device = "auto";
  int threads = 0;
  int repeats = 5;
  double seconds = 0.5;
  std::optional<double> reach;
  bool no_operations = false;
  std::string json;
  std::string plot;
  std::string weights = kRandomWeights;
  RenderArguments render;  ///< All but objective and size.
};

// ---- Measuring

/// Everything that is to be measured, checked before anything is.
struct Work {
  std::vector<bench::StepCase> cases;
  std::vector<Precision> precisions;
};

Size checked_size(const std::string& text) {
  const Size size = parse_size(text);
  if (size.height < 1 || size.width < 1 || size.height > kLargestSide || size.width > kLargestSide) {
    fail_usage("size {} is out of range: each side is 1 to {} pixels", text, kLargestSide);
  }
  return size;
}

/// Objectives apart by the commas that stand neither in parentheses nor in a position, @7,7.
std::vector<std::string> objectives_of(const std::string& list) {
  std::vector<std::string> objectives(1);
  int depth = 0;
  bool row = false;
  for (const char c : list) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    const bool between = c == ',' && depth == 0 && !row;
    row = c == '@' || (row && c >= '0' && c <= '9');
    if (between) {
      objectives.emplace_back();
    } else {
      objectives.back() += c;
    }
  }
  return objectives;
}

bench::StepCase checked_case(RenderOptions options, int batch) {
  check_render_options(options);
  if (batch > 1 && options.view.transforms.staged()) {
    fail_usage("a batch of {}: views as a peer makes them are of one job at a time, so give 1", batch);
  }
  return {std::move(options), batch};
}

Work check(const BenchArguments& arguments, const Model& model) {
  Work work;
  check_number("--seconds", arguments.seconds, kLeastSeconds, kMostSeconds);
  if (arguments.reach) check_number("--reach", *arguments.reach, -kLargestNumber, kLargestNumber);
  PictureFiles files(note);
  RenderOptions options = render_options(arguments.render);
  for (const std::string& list : arguments.layers) {
    for (const std::string& text : objectives_of(list)) {
      options.objective = parse_objective(text, model, &files);
      for (const std::string& size_text : arguments.sizes) {
        const Size size = checked_size(size_text);
        options.height = size.height;
        options.width = size.width;
        for (const int batch : arguments.batches) work.cases.push_back(checked_case(options, batch));
      }
    }
  }
  for (const std::string& name : arguments.precisions) work.precisions.push_back(parse_precision(name));
  for (const std::string& path : {arguments.json, arguments.plot}) {
    if (!path.empty()) check_writable(path);
  }
  if (!arguments.plot.empty() && arguments.no_operations) {
    fail_usage("--plot shows the operations, which --no-operations leaves out");
  }
  return work;
}

bench::StepEffort effort_of(const BenchArguments& arguments) {
  bench::StepEffort effort;
  effort.blocks = arguments.repeats;
  effort.block_seconds = arguments.seconds;
  effort.most_steps = bench::kStepsPerImage;
  effort.reach = arguments.reach;
  // A step has some hundred operations; together they take as long as the blocks.
  effort.operation_seconds = arguments.no_operations ? 0 : arguments.seconds * arguments.repeats / 100;
  return effort;
}

Card ceilings_of(Device& device, const BenchArguments& arguments) {
  bench::CeilingOptions options;
  options.seconds = arguments.seconds / 10;
  if (device.backend().asynchronous()) {
    // Enough positions to fill a large GPU, and a copy many times its cache.
    options.gemm_images = 64;
    options.copy_mebibytes = 1024;
  }
  return bench::measure_ceilings(device.backend(), device.stream(), device.precision(), options);
}

bench::Report measure(const BenchArguments& arguments, const Model& model, const Work& work) {
  bench::Report report;
  report.machine = bench::describe_machine();
  report.weights = arguments.weights;
  for (const Precision asked : work.precisions) {
    Device device({arguments.device, asked, arguments.threads});
    report.device = device.backend().name();
    report.ceilings.push_back({device.precision(), ceilings_of(device, arguments)});
    bench::print_ceilings(report.ceilings.back());
    bench::print_row_header();
    for (const bench::StepCase& what : work.cases) {
      report.rows.push_back(
          {what, device.precision(),
           bench::measure_step(device, model, what, effort_of(arguments), report.ceilings.back().card)});
      bench::print_row(report.rows.back());
    }
    print_out("\n");
  }
  return report;
}

void run_bench(const BenchArguments& arguments) {
  const Model model = arguments.weights == kRandomWeights ? synthetic_model("bvlc_googlenet", 0)
                                                          : load_weights(arguments.weights);
  const Work work = check(arguments, model);
  const bench::Report report = measure(arguments, model, work);
  for (const bench::Row& row : report.rows) {
    if (!row.measured.operations.empty()) bench::print_operations(row);
    if (arguments.reach) bench::print_reached(row, *arguments.reach);
  }
  if (!arguments.json.empty()) write_atomically(arguments.json, bench::report_json(report).dump(1) + "\n");
  if (!arguments.plot.empty()) write_atomically(arguments.plot, bench::report_svg(report));
}

// ---- Options

void add_what_to_measure(CLI::App& command, BenchArguments& arguments) {
  command
      .add_option("--layers", arguments.layers,
                  "Objectives, as `limpid render` takes them, apart by commas (mixed4a,mixed4e:7)")
      ->allow_extra_args(false)
      ->capture_default_str()
      ->type_name("LIST");
  command.add_option("--sizes", arguments.sizes, "Heights and widths of pictures, N or HxW")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str()
      ->type_name("LIST");
  command.add_option("--batches", arguments.batches, "Jobs that take a step together, of --images each")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, kMostBatch))
      ->capture_default_str()
      ->type_name("LIST");
  command.add_option("--precisions", arguments.precisions, "auto, fp32, tf32, fp16, bf16")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str()
      ->type_name("LIST");
  command.add_option("--device", arguments.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str()
      ->type_name("DEVICE");
  command.add_option("--threads", arguments.threads, "Processor threads; 0 takes all cores")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option("-w,--weights", arguments.weights,
                  "Weights, as `limpid convert` makes them, or `random`: of BVLC GoogLeNet's shape")
      ->capture_default_str()
      ->type_name("FILE");
}

void add_how_to_measure(CLI::App& command, BenchArguments& arguments) {
  constexpr int kMostRepeats = 1000;
  command.add_option("--repeats", arguments.repeats, "Timed blocks of steps; the median counts")
      ->check(CLI::Range(1, kMostRepeats))
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--seconds", arguments.seconds, "Of a block, about")
      ->capture_default_str()
      ->type_name("S");
  command.add_option("--reach", arguments.reach, "Also time how long the mean objective takes to get here")
      ->type_name("VALUE");
  command.add_flag("--no-operations", arguments.no_operations, "Measure whole steps only");
  command.add_option("--json", arguments.json, "Write everything here, with machine and command")
      ->type_name("FILE");
  command.add_option("--plot", arguments.plot, "Draw the operations and their floors, as SVG")
      ->type_name("FILE");
}

}  // namespace

void add_bench_command(CLI::App& program) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command = program.add_subcommand("bench", "Speed of optimisation steps, and of their operations");
  add_what_to_measure(*command, *arguments);
  add_render_options(*command, arguments->render, TakenBy::render,
                     {"size", "device", "precision", "threads", "thresholds"});
  add_how_to_measure(*command, *arguments);
  command->footer(
      "Every combination of the lists is measured, with the other options of `limpid render`. image-steps/s: "
      "batch over the median time of a step, all random views and updates included; s/image: of 512 steps at "
      "that rate. memory: on a GPU what the step took of it, on the processor the peak of the process. load: "
      "cores that other processes kept busy meanwhile. An operation's floor is the longer of its FLOP and its "
      "bytes under ceilings measured in the same run (a copy and a matrix product); % says how near it comes, "
      "above 100 where caches or Winograd save what is charged.\n\n"
      "Examples:\n"
      "  limpid bench\n"
      "  limpid bench --layers mixed4a,mixed4e,mixed5b --batches 1,16,64 --json speed.json --plot speed.svg");
  command->callback([arguments] { run_bench(*arguments); });
}

}  // namespace limpid
