#include "tools/compute_options.h"

#include <fmt/ranges.h>

#include "kernels/core/error.h"
#include "kernels/core/names.h"
#include "tools/option_flags.h"

namespace limpid {

std::vector<std::string> precision_names() {
  return {kNames<Precision>.begin(), kNames<Precision>.end()};
}

Precision parse_precision(const std::string& name) {
  if (const auto precision = named<Precision>(name)) return *precision;
  fail_usage("unknown precision '{}': there are {}", name, fmt::join(precision_names(), ", "));
}

void add_compute_options(CLI::App& command, ComputeOptions& compute) {
  for (const OptionRow& row : option_table()) {
    if (row.group != OptionGroup::compute) continue;
    add_option_row(command, row, [&row, &compute](const OptionValue& value) {
      RenderOptions options;
      options.compute = compute;
      row.set(options, value);
      compute = options.compute;
    });
  }
}

}  // namespace limpid
