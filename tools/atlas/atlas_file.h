// An activation atlas in an HDF5 file: vectors of a layer, and where a layout has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/examples/unit_hash.h"
#include "engine/grid/manifest.h"

namespace limpid {

/// One vector of each of N pictures, in order of their digests.
struct Atlas {
  WeightsIdentity weights;
  std::string layer;  ///< Canonical.
  std::size_t channels = 0;
  std::size_t classes = 0;  ///< 0 where `effects` are not there.
  std::vector<Sha256Digest> pictures;
  std::vector<std::int32_t> places;  ///< N x 2: row and column of the map.
  std::vector<float> vectors;        ///< N x channels.
  std::vector<float> effects;        ///< N x classes: how much each argues for each class's logit.
  std::vector<float> layout;         ///< N x 2, x and y; empty before `limpid atlas layout`.
};

/// Attribute of the root that says that it is one, and of which version.
inline constexpr const char* kAtlasVersionName = "limpid_atlas";

/// Throws Error{usage} unless a file of that name, an .h5, can be written.
void check_atlas_output(const std::filesystem::path& path);

/// Datasets `sha256`, `places`, `vectors`, and where they are there `effects` and `layout`; texts `layer`, `weights_sha256`,
/// `weights_family`, `weights_name`, `weights_file`, `checksum`. Whole or not at all; the same atlas gives the same bytes.
/// Throws as `write_atomically` does.
void write_atlas(const Atlas& atlas, const std::filesystem::path& path);

/// Throws Error{input} for a file that is none, is damaged or of another version, Error{runtime} where the system could not
/// read it.
Atlas read_atlas(const std::filesystem::path& path);

}  // namespace limpid
