// The command that counts detectors of concepts.
#pragma once

#include <CLI/CLI.hpp>

namespace limpid {

/// Registers the subcommand, as those of tools/command.h do.
void add_dissect_command(CLI::App& program);

}  // namespace limpid
