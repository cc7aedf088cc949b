// The options that say where and in what numbers the network is computed.
#pragma once

#include <CLI/CLI.hpp>

#include "engine/limpid.hpp"

namespace limpid {

/// Adds `--device`, `--precision` and `--threads`, bound to `compute`. Whether the machine has such a device,
/// and the device such numbers, is the engine's to say.
void add_compute_options(CLI::App& command, ComputeOptions& compute);

}  // namespace limpid
