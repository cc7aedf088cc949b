// How large the maps of a stage are, and how small an input may be.
#pragma once

#include "engine/network/stages.h"
#include "kernels/core/window.h"
#include "weights/model.h"

namespace limpid {

/// Rows and columns of a map.
struct MapSize {
  int h = 0, w = 0;
};

/// Size of a stage's output; an extent below 1 means that its input is too small.
MapSize stage_size(const Stage& stage, Padding padding, MapSize in);

/// kStages[index] as the model has it: its family may differ in the windows of pools.
Stage stage_at(const Model& model, int index);

/// Whether an input of that size leaves at least one position at every stage up to kStages[last].
bool reaches(const Model& model, MapSize input, int last);

/// The least square input, in pixels a side, that reaches kStages[stage].
int least_size(const Model& model, int stage);

}  // namespace limpid
