#include "tools/compute_options.h"

#include <fmt/ranges.h>

#include <array>

#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr std::array kPrecisions = {Precision::automatic, Precision::fp32, Precision::tf32, Precision::fp16,
                                    Precision::bf16};

}  // namespace

std::vector<std::string> precision_names() {
  std::vector<std::string> names;
  for (const Precision precision : kPrecisions) names.push_back(to_string(precision));
  return names;
}

Precision parse_precision(const std::string& name) {
  for (const Precision precision : kPrecisions) {
    if (to_string(precision) == name) return precision;
  }
  fail_usage("unknown precision '{}': there are {}", name, fmt::join(precision_names(), ", "));
}

void add_compute_options(CLI::App& command, ComputeOptions& compute) {
  command
      .add_option("--device", compute.device,
                  "auto (the first GPU that answers, else the processor), cpu, cuda or cuda:N")
      ->capture_default_str()
      ->type_name("DEVICE");
  command
      .add_option_function<std::string>(
          "--precision", [&compute](const std::string& name) { compute.precision = parse_precision(name); },
          "Numbers the network is computed in; auto is fp32 on the processor, fp16 on a GPU")
      ->check(CLI::IsMember(precision_names()))
      ->default_str(to_string(compute.precision));
  command.add_option("--threads", compute.threads, "Processor threads; 0 takes all cores")
      ->capture_default_str()
      ->type_name("N");
}

}  // namespace limpid
