// Priors as files.
#pragma once

#include <filesystem>

#include "engine/image/prior.h"

namespace limpid {

/// Writes an HDF5 file, whole or not at all: attributes limpid_prior (1), pictures, width; datasets (fp32)
/// colour_covariance and colour_matrix, 3 x 3, colour_mean, 3, and magnitude, 3 x height x (width / 2 + 1); and
/// attribute sha256, of pictures and width (int32, little endian) and of the datasets in this order.
/// The same prior gives the same bytes. Throws as `fail_write` does.
void write_prior(const Prior& prior, const std::filesystem::path& path);

/// Reads one and checks all of it. Throws Error{input} naming the file and what is wrong.
Prior read_prior(const std::filesystem::path& path);

}  // namespace limpid
