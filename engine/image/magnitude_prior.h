// What MACO takes of a prior's file.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/image/prior.h"

namespace limpid {

/// Reads the magnitudes of a prior and takes the file's checksum. Throws Error{input} as `read_prior` does.
std::shared_ptr<const MagnitudePrior> read_magnitude_prior(const std::filesystem::path& path);

}  // namespace limpid
