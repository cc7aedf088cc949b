// Arithmetic of take_map and give_map, per pixel of one channel group: rows of one group stand below those of the group
// before, for the values of a row lie side by side in the planes that most callers have.
#pragma once

#include <cmath>

#include "kernels/core/group.h"
#include "kernels/ops/strided_map.h"

namespace limpid {

template <class T>
LIMPID_HD T* value_at(const StridedMap& map, int n, int c, int h, int w) {
  return static_cast<T*>(map.data) + n * map.stride_n + c * map.stride_c + h * map.stride_h +
         w * map.stride_w;
}

template <class T, class Outside>
struct TakeMapBody {
  TakeMap op;
  GroupView<T> to;
  int image;

  LIMPID_HD TakeMapBody(const TakeMap& op, int image) : op(op), to(op.to.as<T>()), image(image) {}

  LIMPID_HD void operator()(int y, int x) const {
    const int g = y / to.h, h = y % to.h;
    Group value = splat(0.0F);
    for (int i = 0; i < kGroup; ++i) {
      const int c = op.channels[g * kGroup + i];
      if (c < 0 || op.from.data == nullptr) continue;
      const float outside = to_f32(*value_at<const Outside>(op.from, image, c, h, x));
      value[i] =
          op.offsets == nullptr ? op.factor * outside : fmaf(op.factor, outside, op.offsets[g * kGroup + i]);
    }
    store_group(to.at(image, g, h, x), value);
  }
};

template <class T, class Outside>
struct GiveMapBody {
  GiveMap op;
  GroupView<const T> from;
  int image;

  LIMPID_HD GiveMapBody(const GiveMap& op, int image) : op(op), from(op.from.as<const T>()), image(image) {}

  LIMPID_HD void operator()(int y, int x) const {
    const int g = y / from.h, h = y % from.h;
    const Group value = load_group(from.at(image, g, h, x));
    for (int i = 0; i < kGroup; ++i) {
      const int c = op.channels[g * kGroup + i];
      if (c >= 0) *value_at<Outside>(op.to, image, c, h, x) = from_f32<Outside>(op.factor * value[i]);
    }
  }
};

}  // namespace limpid
