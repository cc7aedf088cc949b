#include "tools/compute_options.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace limpid {
namespace {

constexpr std::array<std::pair<std::string_view, Precision>, 5> kPrecisions = {{
    {"auto", Precision::automatic},
    {"fp32", Precision::fp32},
    {"tf32", Precision::tf32},
    {"fp16", Precision::fp16},
    {"bf16", Precision::bf16},
}};

std::vector<std::string> precision_names() {
  std::vector<std::string> names;
  for (const auto& [name, precision] : kPrecisions) names.emplace_back(name);
  return names;
}

/// The precision of a name that has been checked.
Precision precision_of(std::string_view name) {
  return std::find_if(kPrecisions.begin(), kPrecisions.end(),
                      [&](const auto& entry) { return entry.first == name; })
      ->second;
}

std::string name_of(Precision precision) {
  return std::string(std::find_if(kPrecisions.begin(), kPrecisions.end(), [&](const auto& entry) {
                       return entry.second == precision;
                     })->first);
}

}  // namespace

void add_compute_options(CLI::App& command, ComputeOptions& compute) {
  command
      .add_option("--device", compute.device,
                  "auto (the first GPU that answers, else the processor), cpu, cuda or cuda:N")
      ->capture_default_str()
      ->type_name("DEVICE");
  command
      .add_option_function<std::string>(
          "--precision", [&compute](const std::string& name) { compute.precision = precision_of(name); },
          "Numbers the network is computed in; auto is fp32 on the processor, fp16 on a GPU")
      ->check(CLI::IsMember(precision_names()))
      ->default_str(name_of(compute.precision));
  command.add_option("--threads", compute.threads, "Processor threads; 0 takes all cores")
      ->capture_default_str()
      ->type_name("N");
}

}  // namespace limpid
