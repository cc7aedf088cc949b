// The command that probes units with stimuli.
#pragma once

#include <CLI/CLI.hpp>

namespace limpid {

/// Registers the subcommand, as those of tools/command.h do.
void add_probe_command(CLI::App& program);

}  // namespace limpid
