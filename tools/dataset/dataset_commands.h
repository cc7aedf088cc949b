// The commands that render from examples.
#pragma once

#include <CLI/CLI.hpp>

namespace limpid {

void add_facets_command(CLI::App& program);
void add_tour_command(CLI::App& program);

}  // namespace limpid
