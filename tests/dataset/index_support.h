// Pictures in folders and archives, and indexes of them, for tests.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/pictures/image_file.h"
#include "tools/dataset/build_index.h"
#include "tools/dataset/index_folder.h"
#include "weights/model.h"

namespace limpid::testing {

/// The side of what the network is shown.
inline constexpr int kIndexSide = 40;

/// Few channels a layer, so that all layers are cheap.
std::shared_ptr<const Model> index_model();

/// A picture of noise on a coarse grid, of a size of its own.
Image noise_picture(unsigned seed);

/// Writes 17 pictures of noise into a folder and one below it, the last three of equal pixels but different bytes.
std::vector<std::string> write_pictures(const std::filesystem::path& folder);

/// A tar (ustar) of files, by their names in it.
std::string tar_of(const std::vector<std::pair<std::string, std::string>>& files);

struct IndexBuildOptions {
  int batch = 4;
  int threads = 1;
  Shard shard = {};
  bool resume = false;
  bool strict = false;
  std::vector<std::string> layers = {"conv2d0", "conv2d2", "mixed3a", "mixed4d"};
  int reading = kPictureReading;
};

/// What a build said.
struct IndexBuild {
  BuildReport report;
  std::vector<std::string> passed_over;
  std::vector<std::string> warnings;
};

/// Builds an index of `sources`; `stop_after` pictures it is stopped, 0 for never.
IndexBuild build(const std::vector<std::string>& sources, const std::filesystem::path& index,
                 const IndexBuildOptions& options = {}, std::size_t stop_after = 0);

}  // namespace limpid::testing
