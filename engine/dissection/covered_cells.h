// Where a concept is, in the cells of a layer's map.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace limpid {

/// Of a mask of side x side pixels, row by row, in [0, 1]: whether the concept covers half of each of the height x width
/// cells, 1 or 0. A pixel counts whole where its value is 0.5 or more, and not at all elsewhere. Cell (i, j) is the
/// rectangle from i side / height to (i + 1) side / height and likewise in width; a pixel that lies in several cells counts
/// in each by its share, exactly.
///
/// Bau et al. (2017) do the reverse: they bring maps to the mask's size, bilinearly, and count pixels. Here a position of
/// the map counts once, by a value that the unit has. Outlines are no finer than a cell, and what nowhere covers half of
/// one is in no cell and detected by nothing.
std::vector<std::uint8_t> covered_cells(std::span<const float> mask, int side, int height, int width);

}  // namespace limpid
