// The program's commands and their options, laid flat: for completion, the manual and tests.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/help/help_format.h"

namespace limpid {

struct OptionEntry {
  std::vector<std::string> names;  ///< "-n", "--steps"; of an argument by its place, what it is called.
  bool positional = false;
  ValueType value;
  std::string description;
};

struct CommandEntry {
  std::string path;  ///< "render", "prior fit"; empty for the program itself.
  std::string description;
  std::string footer;
  std::vector<OptionEntry> options;
};

/// The program itself, then every command in order, those below it after it.
std::vector<CommandEntry> command_tree(const CLI::App& program);

}  // namespace limpid
