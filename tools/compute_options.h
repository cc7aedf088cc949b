// The options that say where and in what numbers the network is computed.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "engine/limpid.hpp"

namespace limpid {

/// "auto", "fp32", "tf32", "fp16", "bf16".
std::vector<std::string> precision_names();

/// The precision of that name. Throws Error{usage} listing them.
Precision parse_precision(const std::string& name);

/// Adds `--device`, `--precision` and `--threads`, bound to `compute`. Whether the machine has such a device,
/// and the device such numbers, is the engine's to say.
void add_compute_options(CLI::App& command, ComputeOptions& compute);

}  // namespace limpid
