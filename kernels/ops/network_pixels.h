// Pixels of a network's input, or of its gradient, in whichever form it is: planes or a channel group.
#pragma once

#include <cmath>

#include "kernels/core/group.h"
#include "kernels/core/tensor.h"

namespace limpid {

/// Weight of the pixel at `pixel` in a sample at `point`, along one dimension.
LIMPID_HD float bilinear_weight(float point, float pixel) {
  const float weight = 1.0F - fabsf(point - pixel);
  return weight > 0.0F ? weight : 0.0F;
}

/// The first index of [0, count) that is >= x, or count.
LIMPID_HD int first_index(float x, int count) {
  const float limit = static_cast<float>(count);
  const float from = x > 0.0F ? x : 0.0F;
  return static_cast<int>(ceilf(from < limit ? from : limit));
}

/// The last index of [0, count) that is <= x, or -1.
LIMPID_HD int last_index(float x, int count) {
  const float limit = static_cast<float>(count - 1);
  const float to = x > -1.0F ? x : -1.0F;
  return static_cast<int>(floorf(to < limit ? to : limit));
}

/// What network pixels pass to one picture pixel, per network channel. Returned by value: sums behind a
/// pointer might be the very numbers that their loops read, and would be written and read again at every
/// pixel.
struct ChannelSums {
  float of[3] = {0, 0, 0};

  LIMPID_HD void operator+=(const ChannelSums& other) {
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) of[c] += other.of[c];
  }
};

/// Rows and columns of the network's input, in whichever form it is.
struct NetworkExtent {
  int h, w;
};
template <class T>
LIMPID_HD NetworkExtent network_extent(const Planar<T>& planar, const Tensor& grouped) {
  return planar.data != nullptr ? NetworkExtent{planar.h, planar.w} : NetworkExtent{grouped.h, grouped.w};
}

/// One image of a network's input, or of its gradient, as three planes of fp32 (T is float or const float).
template <class T>
struct NetworkPlanes {
  T* plane[3];
  int w;

  LIMPID_HD NetworkPlanes(const Planar<T>& planar, const Tensor&, int image) : w(planar.w) {
    for (int c = 0; c < 3; ++c) plane[c] = planar.plane(image, c);
  }

  LIMPID_HD void store(int y, int x, const float* value) const {
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) plane[c][y * w + x] = value[c];
  }
  LIMPID_HD void load(int y, int x, float* value) const {
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) value[c] = plane[c][y * w + x];
  }
};

/// The same as one channel group of storage type T.
template <class T>
struct NetworkGroup {
  GroupView<T> group;
  int image;

  template <class Plane>
  LIMPID_HD NetworkGroup(const Planar<Plane>&, const Tensor& grouped, int image)
      : group(grouped.as<T>()), image(image) {}

  LIMPID_HD void store(int y, int x, const float* value) const {
    Group channels = splat(0.0F);
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) channels[c] = value[c];
    store_group(group.at(image, 0, y, x), channels);
  }
  LIMPID_HD void load(int y, int x, float* value) const {
    const Group channels = load_group(group.at(image, 0, y, x));
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) value[c] = channels[c];
  }
};

}  // namespace limpid
