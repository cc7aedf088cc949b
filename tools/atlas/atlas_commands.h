// The commands of `limpid atlas`.
#pragma once

#include "tools/command.h"

namespace limpid {

void add_atlas_collect(CLI::App& atlas);
void add_atlas_layout(CLI::App& atlas);
void add_atlas_render(CLI::App& atlas);

/// Throws Error{usage} unless a file of that name, an .h5, can be written.
void check_hdf5_output(const std::filesystem::path& path);

}  // namespace limpid
