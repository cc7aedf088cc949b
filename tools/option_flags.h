// Rows of the option table as options of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "engine/options/option_table.h"

namespace limpid {

/// Adds the row's flag, and where it has one, the flag that switches it off. `take` gets what is given, which
/// may be "not set", as the command line is read. Throws Error{usage} for what the row does not allow.
void add_option_row(CLI::App& command, const OptionRow& row, std::function<void(const OptionValue&)> take);

}  // namespace limpid
