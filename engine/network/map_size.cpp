#include "engine/network/map_size.h"

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

bool reaches(Padding padding, MapSize size, int last) {
  if (size.h < kLeastInput || size.w < kLeastInput) return false;
  for (int i = 0; i <= last; ++i) {
    size = stage_size(kStages[static_cast<std::size_t>(i)], padding, size);
    if (size.h < 1 || size.w < 1) return false;
  }
  return true;
}

int least_size(Padding padding, int stage) {
  int size = 1;
  while (!reaches(padding, {size, size}, stage)) ++size;
  return size;
}

}  // namespace limpid
