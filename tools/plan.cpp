// limpid plan: what a step would run, and the least time that takes on a given card.
#include <fmt/core.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/frozen_floor.h"
#include "engine/image/staged_views.h"
#include "engine/network/device.h"
#include "engine/network/executor.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/step_cost.h"
#include "engine/pictures/picture_files.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/mebi.h"
#include "tools/notes.h"
#include "tools/render_options.h"

namespace limpid {
namespace {

struct PlanArguments {
  std::string objective;
  std::optional<int> batch;  ///< None: one job's images.
  std::string device = "cuda";
  std::string precision = "auto";
  std::string card;
  std::vector<double> ceilings;  ///< FLOP/s and bytes/s, or nothing.
  std::vector<std::string> watch;
  RenderArguments render;
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
  int micro_batch = 1;  ///< See MicroBatches.
  std::string device;
  Precision precision = Precision::fp32;
  StepCost cost;
  std::map<std::string, std::string> algorithms;  ///< Of convolutions, by operation; known on the CPU.
  std::optional<Card> card;
  std::size_t sizes = 1;  ///< Of a peer's views; the first one's step is planned.
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

/// The job that is planned, checked; its images are the batch where they share terms and are not counted.
RenderOptions job_of(const PlanArguments& arguments, const Model& model) {
  PictureFiles files(note);
  RenderOptions options = render_options(arguments.render);
  if (!shared_of(options.parameters).empty() && options.images == 1)
    options.images = arguments.batch.value_or(1);
  options.objective = parse_objective(arguments.objective, model, &files);
  for (const std::string& text : arguments.watch) options.watch.push_back(parse_watched(text, model, &files));
  check_render_options(options);
  return options;
}

LaneSpec lane_of(const PlanArguments& arguments, const Model& model, const RenderOptions& options) {
  LaneSpec spec = lane_for(model, options, false);
  const int batch = arguments.batch.value_or(options.images);
  if (batch % options.images != 0) {
    fail_usage("a batch of {} images is no whole number of jobs of {}", batch, options.images);
  }
  spec.slots = batch / options.images;
  if (spec.slots > 1 && spec.staged) {
    fail_usage("a batch of {} jobs: views as a peer makes them are of one job at a time", spec.slots);
  }
  return spec;
}

/// Makes the CPU's own plans, for what they chose is known then only. Returns the bytes of their arena.
std::size_t bind_on_cpu(const PlanArguments& arguments, const Model& model, const Plan& plan,
                        PlannedStep& step) {
  ComputeOptions compute;
  compute.device = "cpu";
  compute.precision = step.precision;
  compute.threads = arguments.threads;
  Device device(compute);
  const NetworkExecutor network(device.backend(), device.stream(), model, plan, device.executor_options());
  for (const auto* operations : {&network.forward_ops(), &network.backward_ops()}) {
    for (const auto& operation : *operations) step.algorithms[operation.name] = operation.algorithm;
  }
  return network.arena_bytes();
}

PlannedStep plan_step(const PlanArguments& arguments) {
  PlannedStep step;
  step.card = card_of(arguments);
  step.precision = precision_of(arguments);
  step.device = arguments.device;
  const Model model = load_weights(arguments.weights);
  const RenderOptions options = job_of(arguments, model);
  step.size = {options.height, options.width};
  step.objective = to_string(options.objective);
  const LaneSpec spec = lane_of(arguments, model, options);
  step.batch = spec.slots * spec.images;
  StepCostOptions cost;
  cost.precision = step.precision;
  cost.grouped_input = arguments.cuda();
  cost.concurrency = arguments.cuda() ? Concurrency::parallel : Concurrency::serial;
  const Plan plan = plan_of(model, spec, first_stages(spec), cost.concurrency);
  step.micro_batch = plan.micro_batch;
  bind_terms({options.objective, options.watch}, plan,
             {0, options.images});  // Throws for a position outside the map.
  if (!arguments.cuda()) cost.network_arena_bytes = bind_on_cpu(arguments, model, plan, step);
  step.cost = step_cost(model, spec, cost);
  if (spec.staged) step.sizes = every_size(*spec.staged, spec.height, spec.width).size();
  return step;
}

// ---- Text

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
  print_out("{:<48} {:<32} {:>10.1f} {:>9.2f}", operation.name, operation.shape, operation.flops / 1e6,
            operation.bytes() / 1e6);
  if (step.card) {
    const Floor floor = operation.floor(*step.card, step.precision);
    print_out(" {:>9.2f} {:<5}", floor.seconds() * 1e6, floor.bound_by_math() ? "math" : "bytes");
  }
  if (!step.algorithms.empty()) {
    const auto found = step.algorithms.find(operation.name);
    print_out(" {:<26}", found == step.algorithms.end() ? std::string() : found->second);
  }
  print_out("  {} > {}\n", operands_text(operation, false), operands_text(operation, true));
}

void print_header(const PlannedStep& step) {
  print_out("{}, {} x {}, batch {}, {} on {}", step.objective, step.size.height, step.size.width, step.batch,
            to_string(step.precision), step.device);
  if (step.micro_batch < step.batch) {
    print_out("\nthe network takes {} at a time, which share memory; sizes are of the batch",
              step.micro_batch);
  }
  if (step.sizes > 1) print_out("\nviews of {} sizes, a network for each; this is the first's", step.sizes);
  if (step.card) print_out("\nfloors for {} ({})", step.card->title, step.card->source);
  print_out("\n\n{:<48} {:<32} {:>10} {:>9}", "operation", "shape", "MFLOP", "MB");
  if (step.card) print_out(" {:>9} {:<5}", "floor us", "bound");
  if (!step.algorithms.empty()) print_out(" {:<26}", "algorithm");
  print_out("  operands: read > written, @ offset in the arena + size in MiB\n");
}

std::optional<double> frozen_floor_of(const PlannedStep& step) {
  if (!step.card) return std::nullopt;
  return bench::frozen_floor(step.objective, step.size.height, step.size.width, *step.card, step.precision);
}

void print_plan_totals(const PlannedStep& step) {
  double flops = 0, bytes = 0;
  for (const OperationCost& operation : step.cost.operations) {
    flops += operation.flops;
    bytes += operation.bytes();
  }
  print_out("\n{} operations, the longest chain {}; per image-step {:.2f} GFLOP, {:.2f} MB\n",
            step.cost.operations.size(), step.cost.longest_chain, flops / step.batch / 1e9,
            bytes / step.batch / 1e6);
  print_out("memory {:.1f} MiB: arena {:.1f}, image side {:.1f}, filters {:.1f}\n",
            step.cost.memory_bytes() / kMebi, step.cost.arena_bytes / kMebi, step.cost.image_bytes() / kMebi,
            step.cost.filter_bytes / kMebi);
  if (!step.card) return;
  const StepFloor floor = step_floor(step.cost, *step.card, step.precision);
  const double scale = 1e6 / step.batch;
  print_out(
      "floor {:.2f} us per image-step: at most {:.0f} image-steps/s; all math {:.2f} us, all bytes {:.2f} "
      "us\n",
      floor.seconds * scale, step.batch / floor.seconds, floor.math_seconds * scale,
      floor.bytes_seconds * scale);
  if (const std::optional<double> frozen = frozen_floor_of(step)) {
    print_out("frozen floor {:.2f} us per image-step: what speeds are held to, whatever is fused meanwhile\n",
              1e6 * *frozen);
  }
}

void print_plan_text(const PlannedStep& step) {
  print_header(step);
  for (const OperationCost& operation : step.cost.operations) print_operation(step, operation);
  print_plan_totals(step);
}

// ---- JSON

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
  Json totals = {{"operations", step.cost.operations.size()}, {"longest_chain", step.cost.longest_chain},
                 {"arena_bytes", step.cost.arena_bytes},      {"image_bytes", step.cost.image_bytes()},
                 {"kept_bytes", step.cost.kept_bytes},        {"sizes", step.sizes},
                 {"filter_bytes", step.cost.filter_bytes}};
  if (step.card) {
    const StepFloor floor = step_floor(step.cost, *step.card, step.precision);
    const double scale = 1e6 / step.batch;
    totals["floor_us_per_image_step"] = floor.seconds * scale;
    totals["image_steps_per_second"] = step.batch / floor.seconds;
    totals["all_math_us_per_image_step"] = floor.math_seconds * scale;
    totals["all_bytes_us_per_image_step"] = floor.bytes_seconds * scale;
    if (const std::optional<double> frozen = frozen_floor_of(step))
      totals["frozen_floor_us_per_image_step"] = 1e6 * *frozen;
  }
  return totals;
}

void print_plan_object(const PlannedStep& step) {
  Json operations = Json::array();
  for (const OperationCost& operation : step.cost.operations) {
    operations.push_back(operation_json(step, operation));
  }
  Json object = {{"objective", step.objective},
                 {"height", step.size.height},
                 {"width", step.size.width},
                 {"batch", step.batch},
                 {"micro_batch", step.micro_batch},
                 {"device", step.device},
                 {"precision", to_string(step.precision)}};
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

void add_plan_options(CLI::App& command, PlanArguments& arguments) {
  command.add_option("objective", arguments.objective, "As `limpid render` takes it")->required();
  command.add_option("--watch", arguments.watch, "Another objective that is computed beside it")
      ->allow_extra_args(false)
      ->type_name("OBJECTIVE");
  command
      .add_option("-b,--batch", arguments.batch,
                  "Images that take the step together; default: those of one job")
      ->check(CLI::Range(1, kMostBatch))
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
  add_render_options(command, arguments.render, TakenBy::render,
                     {"device", "precision", "threads", "thresholds"});
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
  add_plan_options(*command, *arguments);
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
    (arguments->json ? print_plan_object : print_plan_text)(step);
  });
}

}  // namespace limpid
