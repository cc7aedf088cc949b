#include "bench/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/frozen_floor.h"
#include "bench/roofline_plot.h"
#include "engine/limpid.hpp"
#include "kernels/core/streams.h"

namespace limpid::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMebi = 1 << 20;

std::string title_of(const Row& row) {
  return fmt::format("{}, {} x {}, batch {}, {}", to_string(row.what.options.objective),
                     row.what.options.height, row.what.options.width, row.what.batch,
                     to_string(row.precision));
}

Json operation_json(const ProfiledOperation& operation) {
  return {{"name", operation.cost.name},
          {"shape", operation.cost.shape},
          {"algorithm", operation.algorithm},
          {"flop", operation.cost.flops},
          {"bytes", operation.cost.bytes()},
          {"us", operation.seconds * 1e6},
          {"floor_us", operation.floor.seconds() * 1e6},
          {"bound", operation.floor.bound_by_math() ? "math" : "bytes"},
          {"of_roofline", operation.of_roofline()}};
}

Json row_json(const Row& row) {
  const StepMeasurement& measured = row.measured;
  Json object = {{"layer", to_string(row.what.options.objective)},
                 {"height", row.what.options.height},
                 {"width", row.what.options.width},
                 {"batch", row.what.batch},
                 {"precision", to_string(row.precision)},
                 {"image_steps_per_second", row.median_rate()},
                 {"image_steps_per_second_least", row.rate(measured.step_seconds.most)},
                 {"image_steps_per_second_most", row.rate(measured.step_seconds.least)},
                 {"blocks", measured.step_seconds.samples},
                 {"steps_per_block", measured.steps_per_block},
                 {"seconds_per_image", kStepsPerImage / row.median_rate()},
                 {"seconds_per_batch", kStepsPerImage * measured.step_seconds.median},
                 {"memory_bytes", measured.memory_bytes},
                 {"other_load", measured.other_load},
                 {"operations_of_step", measured.shape.operations},
                 {"longest_chain", measured.shape.longest_chain}};
  if (row.what.options.height == row.what.options.width) object["size"] = row.what.options.height;
  if (measured.reached) {
    object["reached"] = {{"steps", measured.reached->steps}, {"seconds", measured.reached->seconds}};
  }
  Json operations = Json::array();
  for (const ProfiledOperation& operation : measured.operations) {
    operations.push_back(operation_json(operation));
  }
  object["operations"] = std::move(operations);
  return object;
}

/// How near a row is to the frozen floor under the ceilings that were measured with it; see frozen_floor.h.
std::optional<double> part_of_frozen_floor(const Row& row, const std::vector<Ceilings>& ceilings) {
  const auto of_row = std::find_if(ceilings.begin(), ceilings.end(), [&](const Ceilings& measured) {
    return measured.precision == row.precision;
  });
  if (of_row == ceilings.end()) return std::nullopt;
  const RenderOptions& options = row.what.options;
  const std::optional<double> floor =
      frozen_floor(to_string(options.objective), options.height, options.width, of_row->card, row.precision);
  return floor ? std::optional(*floor * row.median_rate()) : std::nullopt;
}

}  // namespace

void print_ceilings(const Ceilings& ceilings) {
  const Card& card = ceilings.card;
  print_out("{} at {}: copy {:.1f} GB/s, matrix products {:.1f} GFLOP/s, in fp32 {:.1f} GFLOP/s\n\n",
            card.title, to_string(ceilings.precision), card.bandwidth / 1e9,
            card.flops(Arithmetic::matrix, ceilings.precision) / 1e9, card.fp32_flops / 1e9);
}

void print_row_header() {
  print_out("{:<24} {:>9} {:>6} {:<5} {:>13} {:>19} {:>9} {:>11} {:>9}\n", "objective", "size", "batch", "in",
            "image-steps/s", "least to most", "s/image", "memory MiB", "load");
}

void print_row(const Row& row) {
  const Spread& step = row.measured.step_seconds;
  print_out("{:<24} {:>9} {:>6} {:<5} {:>13.2f} {:>19} {:>9.3f} {:>11.1f} {:>9.2f}\n",
            to_string(row.what.options.objective),
            fmt::format("{}x{}", row.what.options.height, row.what.options.width), row.what.batch,
            to_string(row.precision), row.median_rate(),
            fmt::format("{:.2f} - {:.2f}", row.rate(step.most), row.rate(step.least)),
            kStepsPerImage / row.median_rate(), static_cast<double>(row.measured.memory_bytes) / kMebi,
            row.measured.other_load);
  std::fflush(stdout);
}

void print_operations(const Row& row) {
  print_out("{}: {} operations, the longest chain {}\n", title_of(row), row.measured.shape.operations,
            row.measured.shape.longest_chain);
  print_out("{:<48} {:>10} {:>9} {:>10} {:>10} {:<5} {:>6}  {}\n", "operation", "MFLOP", "MB", "us",
            "floor us", "bound", "%", "algorithm");
  for (const ProfiledOperation& operation : row.measured.operations) {
    print_out("{:<48} {:>10.1f} {:>9.2f} {:>10.1f} {:>10.1f} {:<5} {:>6.1f}  {}\n", operation.cost.name,
              operation.cost.flops / 1e6, operation.cost.bytes() / 1e6, operation.seconds * 1e6,
              operation.floor.seconds() * 1e6, operation.floor.bound_by_math() ? "math" : "bytes",
              100 * operation.of_roofline(), operation.algorithm);
  }
  print_out("\n");
}

void print_reached(const Row& row, double value) {
  const auto& reached = row.measured.reached;
  if (reached) {
    print_out("{}: reached {:g} after {} steps, {:.3f} s\n", title_of(row), value, reached->steps,
              reached->seconds);
  } else {
    print_out("{}: {:g} was not reached in {} steps\n", title_of(row), value, kStepsPerImage);
  }
}

nlohmann::ordered_json report_json(const Report& report) {
  const Machine& machine = report.machine;
  Json ceilings = Json::array();
  for (const auto& [precision, card] : report.ceilings) {
    ceilings.push_back({{"precision", to_string(precision)},
                        {"bytes_per_second", card.bandwidth},
                        {"matrix_flop_per_second", card.flops(Arithmetic::matrix, precision)},
                        {"fp32_flop_per_second", card.fp32_flops}});
  }
  Json results = Json::array();
  for (const Row& row : report.rows) {
    results.push_back(row_json(row));
    if (const std::optional<double> part = part_of_frozen_floor(row, report.ceilings))
      results.back()["of_frozen_floor"] = *part;
  }
  return {{"program", "limpid"},          {"version", version()},
          {"command", machine.command},   {"date", machine.date},
          {"device", report.device},      {"processor", machine.processor},
          {"cores", machine.cores},       {"processor_megahertz", machine.megahertz},
          {"weights", report.weights},    {"ceilings", std::move(ceilings)},
          {"results", std::move(results)}};
}

std::string report_svg(const Report& report) {
  std::vector<PlotSection> sections;
  for (const Row& row : report.rows) {
    PlotSection section{fmt::format("{}: {:.1f} image-steps/s", title_of(row), row.median_rate()), {}};
    for (const ProfiledOperation& operation : row.measured.operations) {
      section.bars.push_back({operation.cost.name, operation.seconds, operation.floor.seconds(),
                              operation.floor.bound_by_math()});
    }
    sections.push_back(std::move(section));
  }
  return plot_svg(fmt::format("limpid {} on {}", version(), report.device), sections);
}

}  // namespace limpid::bench
