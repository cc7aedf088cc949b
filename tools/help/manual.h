// The manual page, limpid(1).
#pragma once

#include <string>
#include <vector>

#include "tools/help/command_tree.h"

namespace limpid {

/// The page as troff's man macros read it: the program, then each command with its options and what its help
/// says below them.
std::string manual_page(const std::vector<CommandEntry>& tree, const std::string& version);

}  // namespace limpid
