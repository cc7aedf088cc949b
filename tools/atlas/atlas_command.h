// The command `limpid atlas`.
#pragma once

#include "tools/command.h"

namespace limpid {

void add_atlas_command(CLI::App& program);

}  // namespace limpid
