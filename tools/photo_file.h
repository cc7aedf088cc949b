// Files that a render starts from: photos, masks, priors.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/limpid.hpp"

namespace limpid {

/// Reads a picture and takes its checksum. Throws Error{input} as `read_image` does.
std::shared_ptr<const Photo> read_photo(const std::filesystem::path& path);

/// Reads a mask: the mean of a picture's three channels, white (1) for what is frozen. Throws Error{input} as
/// `read_image` does.
std::shared_ptr<const Mask> read_mask(const std::filesystem::path& path);

/// Reads the magnitudes of a prior. Throws Error{input} as `read_prior` does.
std::shared_ptr<const MagnitudePrior> read_magnitude_prior(const std::filesystem::path& path);

}  // namespace limpid
