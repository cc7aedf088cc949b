// Small pictures of directions in a layer's channels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "weights/model.h"

namespace limpid {

/// What is rendered: one job a direction, otherwise equal.
struct DirectionPictures {
  std::string layer;
  std::vector<std::vector<float>> directions;  ///< A value for each of the layer's channels.
  int size = 64;                               ///< Pixels a side.
  int steps = 128;
  std::uint64_t seed = 0;  ///< Of all, so that like directions become like pictures.
  /// Where a signal that stops it leaves the pictures that are finished, for the next time: they are not rendered again, for
  /// their names say what they are of. Empty keeps none.
  std::filesystem::path unfinished = {};
};

/// Beside what is to be written.
std::filesystem::path unfinished_folder(const std::filesystem::path& output);

/// Once what the pictures are for is written.
void forget_unfinished(const std::filesystem::path& folder);

/// The pictures, in order, through one queue of jobs; that of a direction of zeros is gray. Tells of its progress on standard error unless `quiet`. Throws
/// Error as a render does, and ExitCode where a signal asked it to stop before all were done.
std::vector<Image> render_directions(const Model& model, const DirectionPictures& pictures,
                                     const ComputeOptions& compute, bool quiet);

}  // namespace limpid
