// Whether what a program made before belongs to the weights it is used with now.
#pragma once

#include <filesystem>

#include "engine/grid/manifest.h"

namespace limpid {

/// For a store or an index in `folder`, made with `weights`. Throws Error{usage} where `file` holds other ones, Error{input}
/// where it cannot be read.
void check_made_with(const std::filesystem::path& folder, const WeightsIdentity& weights,
                     const std::filesystem::path& file);

}  // namespace limpid
