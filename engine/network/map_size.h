// How large the maps of a stage are, and how small an input may be.
#pragma once

#include "engine/network/stages.h"
#include "kernels/core/window.h"

namespace limpid {

/// Rows and columns of a map.
struct MapSize {
  int h = 0, w = 0;
};

/// Size of a stage's output; an extent below 1 means that its input is too small.
MapSize stage_size(const Stage& stage, Padding padding, MapSize in);

/// Whether an input of that size leaves at least one position at every stage up to kStages[last].
bool reaches(Padding padding, MapSize input, int last);

/// The least square input, in pixels a side, that reaches kStages[stage].
int least_size(Padding padding, int stage);

}  // namespace limpid
