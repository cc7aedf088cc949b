// Arithmetic of pack_picture and unpack_picture, per pixel.
#pragma once

#include "kernels/core/group.h"
#include "kernels/ops/pack_picture.h"

namespace limpid {

template <class T>
struct PackPictureBody {
  Planar<const float> planar;
  GroupView<T> grouped;
  int image;

  LIMPID_HD PackPictureBody(const PackPicture& op, int image)
      : planar(op.planar), grouped(op.grouped.as<T>()), image(image) {}

  LIMPID_HD void operator()(int y, int x) const {
    const int pixel = y * planar.w + x;
    Group value = splat(0.0F);
    LIMPID_UNROLL for (int c = 0; c < kGroup; ++c) {
      if (c < planar.c) value[c] = planar.plane(image, c)[pixel];
    }
    store_group(grouped.at(image, 0, y, x), value);
  }
};

template <class T>
struct UnpackPictureBody {
  GroupView<const T> grouped;
  Planar<float> planar;
  int image;
  float scale;

  LIMPID_HD UnpackPictureBody(const UnpackPicture& op, int image)
      : grouped(op.grouped.as<const T>()), planar(op.planar), image(image), scale(op.scale) {}

  LIMPID_HD void operator()(int y, int x) const {
    const int pixel = y * planar.w + x;
    const Group value = load_group(grouped.at(image, 0, y, x));
    LIMPID_UNROLL for (int c = 0; c < kGroup; ++c) {
      if (c < planar.c) planar.plane(image, c)[pixel] = scale * value[c];
    }
  }
};

}  // namespace limpid
