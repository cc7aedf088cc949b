// Completion of limpid's command line by shells.
#pragma once

#include <string>
#include <vector>

#include "tools/help/command_tree.h"

namespace limpid {

/// A script that bash, zsh or fish reads: commands, options, and what their values can be. Throws Error{usage}
/// for another shell.
std::string completion_script(const std::string& shell, const std::vector<CommandEntry>& tree);

}  // namespace limpid
