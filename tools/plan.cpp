// limpid plan: what a step would run, and the least time that takes on a given card.
#include <fmt/core.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/image/image_options.h"
#include "engine/limits.h"
#include "engine/network/device.h"
#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/objective/terms.h"
#include "engine/optimize/step_cost.h"
#include "engine/options/names.h"
#include "kernels/core/error.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/picture_files.h"

namespace limpid {
namespace {

constexpr double kMebi = 1 << 20;

struct PlanArguments {
  std::string objective;
  std::string size = "224";
  int batch = 1;
  std::string device = "cuda";
  std::string precision = "auto";
  std::string card;
  std::vector<double> ceilings;  ///< FLOP/s and bytes/s, or nothing.
  std::string parameterisation = "spectral";
  std::vector<int> shared;
  std::string transforms = to_string(default_transforms());
  int threads = 0;
  bool json = false;
  std::string weights;

  bool cuda() const { return device == "cuda"; }
};

/// Everything there is to print.
struct PlannedStep {
  std::string objective;
  Size size;
  int batch = 1;
  std::string device;
  Precision precision = Precision::fp32;
  StepCost cost;
  std::map<std::string, std::string> algorithms;  ///< Of convolutions, by operation; known on the CPU.
  std::optional<Card> card;
};

Card card_of_ceilings(const std::vector<double>& ceilings) {
  const double flops = ceilings.front();
  const double bandwidth = ceilings.back();
  if (!(flops > 0) || !(bandwidth > 0)) fail_usage("ceilings {},{} must be positive", flops, bandwidth);
  return {"given",      fmt::format("{:.4g} FLOP/s, {:.4g} bytes/s", flops, bandwidth),
          "--ceilings", flops,
          flops,        flops,
          bandwidth};
}

/// None on the CPU, unless one is given: processors differ too much.
std::optional<Card> card_of(const PlanArguments& arguments) {
  if (!arguments.ceilings.empty()) return card_of_ceilings(arguments.ceilings);
  if (!arguments.card.empty()) return find_card(arguments.card);
  if (arguments.cuda()) return find_card("h200");
  return std::nullopt;
}

Precision precision_of(const PlanArguments& arguments) {
  const Precision precision = parse_precision(arguments.precision);
  if (precision != Precision::automatic) return precision;
  return arguments.cuda() ? Precision::fp16 : Precision::fp32;
}

Size checked_size(const std::string& text) {
  const Size size = parse_size(text);
  for (const int extent : {size.height, size.width}) {
    if (extent < 1 || extent > kLargestSide) {
      fail_usage("size {}x{} is out of range: each side is 1 to {} pixels", size.height, size.width,
                 kLargestSide);
    }
  }
  return size;
}

/// What is optimised: a batch that shares terms is one job.
RenderOptions image_options(const PlanArguments& arguments, const Size& size) {
  RenderOptions options;
  options.parameterisation = named<Parameterisation>(arguments.parameterisation).value();
  options.height = size.height;
  options.width = size.width;
  if (arguments.shared.empty()) return options;
  options.shared = arguments.shared;
  options.images = arguments.batch;
  if (options.images < 2) fail_usage("one image has nothing to share its terms with: --batch 2 or more");
  check_image_options(options);
  return options;
}

/// Makes the CPU's own plans, for what they chose is known then only.
void bind_on_cpu(const PlanArguments& arguments, const Model& model, const Plan& plan, PlannedStep& step) {
  ComputeOptions compute;
  compute.device = "cpu";
  compute.precision = step.precision;
  compute.threads = arguments.threads;
  Device device(compute);
  const NetworkExecutor network(device.backend(), device.stream(), model, plan, device.executor_options());
  for (const auto* operations : {&network.forward_ops(), &network.backward_ops()}) {
    for (const auto& operation : *operations) step.algorithms[operation.name] = operation.algorithm;
  }
  step.cost.arena_bytes = static_cast<double>(network.arena_bytes());
}

PlannedStep plan_step(const PlanArguments& arguments) {
  PlannedStep step;
  step.card = card_of(arguments);
  step.precision = precision_of(arguments);
  step.size = checked_size(arguments.size);
  step.batch = arguments.batch;
  step.device = arguments.device;
  const Model model = load_weights(arguments.weights);
  const Transforms transforms = parse_transforms(arguments.transforms);
  if (transforms.staged()) {
    fail_usage(
        "transforms '{}' show the network pictures of many sizes, a plan for each: --transforms none plans "
        "the one of --size",
        arguments.transforms);
  }
  PictureFiles files;
  const Objective objective = parse_objective(arguments.objective, model, &files);
  step.objective = to_string(objective);

  const Goals goals{objective, {}};
  PlanRequest request{shape_of(goals).targets, step.size.height, step.size.width, step.batch};
  request.concurrency = arguments.cuda() ? Concurrency::parallel : Concurrency::serial;
  const Plan plan = make_plan(model, request);
  bind_terms(goals, plan, {});  // Throws for a position outside the map.
  const RenderOptions image = image_options(arguments, step.size);
  StepCostOptions options;
  options.precision = step.precision;
  options.grouped_input = arguments.cuda();
  options.image = image_form(image);
  options.needs = needs_of(transforms);
  options.images = image.images;
  step.cost = step_cost(plan, options);
  if (!arguments.cuda()) bind_on_cpu(arguments, model, plan, step);
  return step;
}

// ---- Text
// -----------------------------------------------------------------------------------------------------

/// "conv2d0@0.0+98.0, filter+0.0" of the operands that are read, or of those that are written.
std::string operands_text(const OperationCost& operation, bool written) {
  std::string text;
  for (const OperandCost& operand : operation.operands) {
    if (operand.written != written) continue;
    if (!text.empty()) text += ", ";
    text += operand.memory;
    if (operand.offset) text += fmt::format("@{:.1f}", static_cast<double>(*operand.offset) / kMebi);
    text += fmt::format("+{:.1f}", operand.bytes / kMebi);
  }
  return text;
}

void print_operation(const PlannedStep& step, const OperationCost& operation) {
  fmt::print("{:<48} {:<32} {:>10.1f} {:>9.2f}", operation.name, operation.shape, operation.flops / 1e6,
             operation.bytes() / 1e6);
  if (step.card) {
    const Floor floor = operation.floor(*step.card, step.precision);
    fmt::print(" {:>9.2f} {:<5}", floor.seconds() * 1e6, floor.bound_by_math() ? "math" : "bytes");
  }
  if (!step.algorithms.empty()) {
    const auto found = step.algorithms.find(operation.name);
    fmt::print(" {:<26}", found == step.algorithms.end() ? std::string() : found->second);
  }
  fmt::print("  {} > {}\n", operands_text(operation, false), operands_text(operation, true));
}

void print_header(const PlannedStep& step) {
  fmt::print("{}, {} x {}, batch {}, {} on {}", step.objective, step.size.height, step.size.width, step.batch,
             to_string(step.precision), step.device);
  if (step.card) fmt::print("\nfloors for {} ({})", step.card->title, step.card->source);
  fmt::print("\n\n{:<48} {:<32} {:>10} {:>9}", "operation", "shape", "MFLOP", "MB");
  if (step.card) fmt::print(" {:>9} {:<5}", "floor us", "bound");
  if (!step.algorithms.empty()) fmt::print(" {:<26}", "algorithm");
  fmt::print("  operands: read > written, @ offset in the arena + size in MiB\n");
}

void print_totals(const PlannedStep& step) {
  double flops = 0, bytes = 0;
  for (const OperationCost& operation : step.cost.operations) {
    flops += operation.flops;
    bytes += operation.bytes();
  }
  fmt::print("\n{} operations, the longest chain {}; per image-step {:.2f} GFLOP, {:.2f} MB\n",
             step.cost.operations.size(), step.cost.longest_chain, flops / step.batch / 1e9,
             bytes / step.batch / 1e6);
  fmt::print("memory {:.1f} MiB: arena {:.1f}, image side {:.1f}, filters {:.1f}\n",
             step.cost.memory_bytes() / kMebi, step.cost.arena_bytes / kMebi, step.cost.image_bytes / kMebi,
             step.cost.filter_bytes / kMebi);
  if (!step.card) return;
  const StepFloor floor = step_floor(step.cost, *step.card, step.precision);
  const double scale = 1e6 / step.batch;
  fmt::print(
      "floor {:.2f} us per image-step: at most {:.0f} image-steps/s; all math {:.2f} us, all bytes {:.2f} "
      "us\n",
      floor.seconds * scale, step.batch / floor.seconds, floor.math_seconds * scale,
      floor.bytes_seconds * scale);
}

void print_text(const PlannedStep& step) {
  print_header(step);
  for (const OperationCost& operation : step.cost.operations) print_operation(step, operation);
  print_totals(step);
}

// ---- JSON
// -----------------------------------------------------------------------------------------------------

using Json = nlohmann::ordered_json;

Json operation_json(const PlannedStep& step, const OperationCost& operation) {
  Json operands = Json::array();
  for (const OperandCost& operand : operation.operands) {
    Json object = {{"memory", operand.memory}, {"bytes", operand.bytes}, {"written", operand.written}};
    if (operand.offset) object["arena_offset"] = *operand.offset;
    operands.push_back(std::move(object));
  }
  Json object = {{"name", operation.name},
                 {"shape", operation.shape},
                 {"flop", operation.flops},
                 {"bytes", operation.bytes()}};
  if (step.card) {
    const Floor floor = operation.floor(*step.card, step.precision);
    object["floor_us"] = floor.seconds() * 1e6;
    object["bound"] = floor.bound_by_math() ? "math" : "bytes";
  }
  const auto algorithm = step.algorithms.find(operation.name);
  if (algorithm != step.algorithms.end() && !algorithm->second.empty())
    object["algorithm"] = algorithm->second;
  object["operands"] = std::move(operands);
  return object;
}

Json totals_json(const PlannedStep& step) {
  Json totals = {{"operations", step.cost.operations.size()},
                 {"longest_chain", step.cost.longest_chain},
                 {"arena_bytes", step.cost.arena_bytes},
                 {"image_bytes", step.cost.image_bytes},
                 {"filter_bytes", step.cost.filter_bytes}};
  if (step.card) {
    const StepFloor floor = step_floor(step.cost, *step.card, step.precision);
    const double scale = 1e6 / step.batch;
    totals["floor_us_per_image_step"] = floor.seconds * scale;
    totals["image_steps_per_second"] = step.batch / floor.seconds;
    totals["all_math_us_per_image_step"] = floor.math_seconds * scale;
    totals["all_bytes_us_per_image_step"] = floor.bytes_seconds * scale;
  }
  return totals;
}

void print_object(const PlannedStep& step) {
  Json operations = Json::array();
  for (const OperationCost& operation : step.cost.operations) {
    operations.push_back(operation_json(step, operation));
  }
  Json object = {{"objective", step.objective}, {"height", step.size.height},
                 {"width", step.size.width},    {"batch", step.batch},
                 {"device", step.device},       {"precision", to_string(step.precision)}};
  if (step.card) {
    object["card"] = {{"name", step.card->name},
                      {"title", step.card->title},
                      {"source", step.card->source},
                      {"scalar_flop_per_second", step.card->flops(Arithmetic::scalar, step.precision)},
                      {"matrix_flop_per_second", step.card->flops(Arithmetic::matrix, step.precision)},
                      {"bytes_per_second", step.card->bandwidth}};
  }
  object["operations"] = std::move(operations);
  object["totals"] = totals_json(step);
  print_json(object);
}

std::vector<std::string> card_names() {
  std::vector<std::string> names;
  for (const Card& card : known_cards()) names.push_back(card.name);
  return names;
}

void add_options(CLI::App& command, PlanArguments& arguments) {
  command.add_option("objective", arguments.objective, "As `limpid render` takes it")->required();
  command.add_option("-s,--size", arguments.size, "Height and width of the picture, N or HxW")
      ->capture_default_str()
      ->type_name("PIXELS");
  command.add_option("-b,--batch", arguments.batch, "Images that take the step together")
      ->check(CLI::Range(1, kMostBatch))
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--device", arguments.device, "What is planned for; cuda needs no GPU here")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  command
      .add_option("--precision", arguments.precision,
                  "auto (fp16 for cuda, fp32 for cpu), fp32, tf32, fp16, bf16")
      ->check(CLI::IsMember(precision_names()))
      ->capture_default_str();
  CLI::Option* card = command
                          .add_option("--card", arguments.card,
                                      "Whose ceilings the floors stand under; default with cuda: h200")
                          ->check(CLI::IsMember(card_names()));
  command
      .add_option("--ceilings", arguments.ceilings,
                  "FLOP/s and bytes/s of another processor, as `limpid bench` measures them (150e9,20e9)")
      ->delimiter(',')
      ->expected(2)
      ->excludes(card)
      ->type_name("F,B");
  command.add_option("--param", arguments.parameterisation, "What is optimised")
      ->check(CLI::IsMember(
          std::vector<std::string>(kNames<Parameterisation>.begin(), kNames<Parameterisation>.end())))
      ->capture_default_str();
  command.add_option("--shared", arguments.shared, "Terms that images share, as `limpid render` takes them")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N");
  command.add_option("--transforms", arguments.transforms, "As `limpid render` takes them")
      ->capture_default_str()
      ->type_name("LIST");
  command.add_option("--threads", arguments.threads, "Processor threads, with cpu; 0 takes all cores")
      ->capture_default_str()
      ->type_name("N");
  command.add_flag("--json", arguments.json, "One object with everything, sizes in bytes");
  add_weights_option(command, arguments.weights);
}

}  // namespace

void add_plan_command(CLI::App& program) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* command = program.add_subcommand("plan", "What one step would run, and the least time it takes");
  add_options(*command, *arguments);
  command->footer(
      "An operation's floor is the longer of its FLOP at the card's rate and its bytes at the card's "
      "bandwidth, every "
      "operand read once and every result written once; nothing overlaps. Convolutions count padded "
      "channels; "
      "operations that bytes always bind count no FLOP. On a processor whose caches hold the maps, bytes are "
      "no true "
      "floor. For cpu the convolutions are really planned, and their algorithms named.\n\n"
      "Examples:\n"
      "  limpid plan mixed4a:11 --device cuda --batch 64\n"
      "  limpid plan mixed5b:7 --device cpu --ceilings 150e9,20e9");
  command->callback([arguments] {
    const PlannedStep step = plan_step(*arguments);
    (arguments->json ? print_object : print_text)(step);
  });
}

}  // namespace limpid
