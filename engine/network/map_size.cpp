#include "engine/network/map_size.h"

#include <algorithm>

namespace limpid {
namespace {

/// No backend is asked for a stem on less than its own window.
constexpr int kLeastInput = 7;

}  // namespace

MapSize stage_size(const Stage& stage, Padding padding, MapSize in) {
  switch (stage.kind) {
    case StageKind::conv:
      return {conv_extent(padding, in.h, stage.size, stage.stride).out,
              conv_extent(padding, in.w, stage.size, stage.stride).out};
    case StageKind::max_pool:
      return {pool_extent(padding, in.h, stage.size, stage.stride).out,
              pool_extent(padding, in.w, stage.size, stage.stride).out};
    case StageKind::average_pool:
      return {1, 1};
    default:
      return in;
  }
}

Stage stage_at(const Model& model, int index) {
  Stage stage = kStages[static_cast<std::size_t>(index)];
  if (stage.kind == StageKind::max_pool) {
    const auto pools_before = std::count_if(kStages.begin(), kStages.begin() + index,
                                            [](const Stage& s) { return s.kind == StageKind::max_pool; });
    stage.size = model.pool_sizes[static_cast<std::size_t>(pools_before)];
  }
  return stage;
}

bool reaches(const Model& model, MapSize size, int last) {
  if (size.h < kLeastInput || size.w < kLeastInput) return false;
  for (int i = 0; i <= last; ++i) {
    size = stage_size(stage_at(model, i), model.padding, size);
    if (size.h < 1 || size.w < 1) return false;
  }
  return true;
}

int least_size(const Model& model, int stage) {
  int size = 1;
  while (!reaches(model, {size, size}, stage)) ++size;
  return size;
}

}  // namespace limpid
