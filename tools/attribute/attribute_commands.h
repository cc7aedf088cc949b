// The commands that say why a network responded.
#pragma once

#include <CLI/CLI.hpp>

namespace limpid {

// Each registers one subcommand, as those of tools/command.h do.
void add_accentuate_command(CLI::App& program);
void add_activation_grid_command(CLI::App& program);
void add_attribute_command(CLI::App& program);
void add_explain_command(CLI::App& program);
void add_groups_command(CLI::App& program);
void add_weights_command(CLI::App& program);

}  // namespace limpid
