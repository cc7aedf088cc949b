// limpid watch.
#pragma once

#include <CLI/CLI.hpp>

namespace limpid {

/// As the functions of tools/command.h.
void add_watch_command(CLI::App& program);

}  // namespace limpid
