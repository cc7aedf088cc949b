// Which pictures a command looks at, and how they become what the network reads, as `limpid examples build` declares it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace limpid {

/// --procedural N: from 1 on; 0 where it is not said.
void add_procedural(CLI::App& command, int& count, const std::string& help);

/// --fit NAME, `fit` by kNames<Fit>, and --size PIXELS, 0 where it is not said.
void add_network_square(CLI::App& command, std::string& fit, int& size);

}  // namespace limpid
