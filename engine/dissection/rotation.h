// Other bases of a layer's channels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/core/stream.h"

namespace limpid {

/// Rotation `number` of a seed: an orthogonal matrix of channels x channels, row by row, uniform among all (by Haar's measure;
/// half of them are reflections, which changes nothing for single directions). Normal values, Philox 4x32-10 under the seed
/// as key with counter (block, number, channels, 0), are made orthonormal by Gram and Schmidt in double precision, twice, which
/// is the Q of a QR decomposition whose R has a positive diagonal (Mezzadri 2007, "How to Generate Random Matrices from the
/// Classical Compact Groups"). It is the same for any number of threads. Products of its rows, as fp32, are those of the
/// identity to 1e-6.
std::vector<float> random_rotation(int channels, std::uint64_t seed, std::uint32_t number,
                                   const Stream& stream = {});

/// Directions that are turned together.
inline constexpr int kTurnedDirections = 4;

/// The maps of up to kTurnedDirections directions: turned[d][p] is the sum over the channels, in order, of
/// rows[d][channel] * maps[channel][p], in fp32. `rows`: directions x channels; `maps`: channels x positions.
void turn_maps(std::span<const float> rows, int channels, std::span<const float> maps,
               std::span<float> turned);

}  // namespace limpid
