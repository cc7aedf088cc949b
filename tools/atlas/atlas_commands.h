// The commands of `limpid atlas`.
#pragma once

#include "tools/command.h"

namespace limpid {

void add_atlas_collect(CLI::App& atlas);
void add_atlas_layout(CLI::App& atlas);
void add_atlas_render(CLI::App& atlas);

}  // namespace limpid
