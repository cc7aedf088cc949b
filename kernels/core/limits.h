// Limits of what can be asked of limpid, each with its reason. The command line, jobs, the library and readers of
// files refuse beyond them by the same numbers.
#pragma once

#include <cstddef>

namespace limpid {

/// Pixels of a side of a picture, of a canvas between it and the network, of a box and of a margin: the
/// 4 x 8192 x 8192 values of a picture stay below 2^31.
inline constexpr int kLargestSide = 8192;

/// Pixels of a side of the final picture of a CPPN, which is made in bands of rows: what encoders of pictures
/// take.
inline constexpr int kLargestOutputSide = 16384;

/// Images of a job, and views of an image: a plan is made for all of them at once.
inline constexpr int kMostImages = 64;
inline constexpr int kMostDraws = 64;

/// Steps of a job: its curve of objectives, 8 bytes a step and objective, stays in a device's memory.
inline constexpr int kMostSteps = 1'000'000;

/// Starts of a job, of which the best is kept: a job in the queue each.
inline constexpr int kMostRestarts = 10'000;

/// Pictures of a batch: 32-bit indices of a launch hold that many maps of any layer at 224 pixels.
inline constexpr int kMostBatch = 4096;

/// Sizes of a picture's views where transforms are applied one by one: a network is planned for each, 34 MB
/// on the CPU for mixed4c and lucid's list at 128 pixels.
inline constexpr std::size_t kMostCanvasSizes = 128;

}  // namespace limpid
