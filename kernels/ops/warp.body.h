// Arithmetic of warp and its adjoint, per pixel.
//
// Both work out a network pixel's point of the picture and its four weights by the same functions, so the
// adjoint is that of the weights the forward pass really used, rounding included.
#pragma once

#include <cmath>

#include "kernels/core/group.h"
#include "kernels/ops/warp.h"

namespace limpid {

struct PicturePoint {
  float x, y;
};

/// fmaf by name: both directions must round alike, whatever the compiler would contract.
LIMPID_HD PicturePoint picture_point(const AffineMap& map, float y, float x) {
  return {fmaf(map.xx, x, fmaf(map.xy, y, map.x0)), fmaf(map.yx, x, fmaf(map.yy, y, map.y0))};
}

/// Weight of the pixel at `pixel` in a sample at `point`, along one dimension.
LIMPID_HD float bilinear_weight(float point, float pixel) {
  const float weight = 1.0F - fabsf(point - pixel);
  return weight > 0.0F ? weight : 0.0F;
}

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

/// `Network` is NetworkPlanes<float> or a NetworkGroup.
template <class Network>
struct WarpBody {
  const float* source[3];
  Network network;
  int h, w;
  float fill;
  float scale;
  float mean[3];
  AffineMap map;

  LIMPID_HD WarpBody(const Warp& op, int image)
      : network(op.network, op.grouped, image),
        h(op.picture.h),
        w(op.picture.w),
        fill(op.fill[image]),
        scale(op.scaling.scale),
        map(op.maps[image]) {
    for (int c = 0; c < 3; ++c) {
      source[c] = op.picture.plane(image, op.scaling.channel[c]);
      mean[c] = op.scaling.mean[c];
    }
  }

  LIMPID_HD void operator()(int y, int x) const {
    const PicturePoint point = picture_point(map, static_cast<float>(y), static_cast<float>(x));
    float sample[3] = {fill, fill, fill};
    if (point.x > -1.0F && point.x < static_cast<float>(w) && point.y > -1.0F &&
        point.y < static_cast<float>(h)) {
      const float left = floorf(point.x), top = floorf(point.y);
      const float weight_x[2] = {bilinear_weight(point.x, left), bilinear_weight(point.x, left + 1)};
      const float weight_y[2] = {bilinear_weight(point.y, top), bilinear_weight(point.y, top + 1)};
      const int ix = static_cast<int>(left), iy = static_cast<int>(top);
      if (ix >= 0 && ix + 1 < w && iy >= 0 && iy + 1 < h) {
        sample_inside(iy, ix, weight_y, weight_x, sample);
      } else {
        sample_at_edge(iy, ix, weight_y, weight_x, sample);
      }
    }
    float value[3];
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) value[c] = fmaf(scale, sample[c], -mean[c]);
    network.store(y, x, value);
  }

  LIMPID_HD void sample_inside(int iy, int ix, const float* weight_y, const float* weight_x,
                               float* sample) const {
    const float w00 = weight_y[0] * weight_x[0], w01 = weight_y[0] * weight_x[1];
    const float w10 = weight_y[1] * weight_x[0], w11 = weight_y[1] * weight_x[1];
    const int i = iy * w + ix;
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
      const float* s = source[c] + i;
      sample[c] = w00 * s[0] + w01 * s[1] + w10 * s[w] + w11 * s[w + 1];
    }
  }

  LIMPID_HD void sample_at_edge(int iy, int ix, const float* weight_y, const float* weight_x,
                                float* sample) const {
    for (int c = 0; c < 3; ++c) sample[c] = 0;
    for (int dy = 0; dy < 2; ++dy) {
      for (int dx = 0; dx < 2; ++dx) {
        const int ty = iy + dy, tx = ix + dx;
        const bool inside = ty >= 0 && ty < h && tx >= 0 && tx < w;
        const float weight = weight_y[dy] * weight_x[dx];
        for (int c = 0; c < 3; ++c) sample[c] += weight * (inside ? source[c][ty * w + tx] : fill);
      }
    }
  }
};

/// `Network` is NetworkPlanes<const float> or a NetworkGroup of a const type.
template <class Network>
struct WarpAdjointBody {
  /// Intervals are widened by this much of a pixel, so that rounding in their ends never loses a network
  /// pixel: the weights decide. It covers fp32 coordinates up to 2^16.
  static constexpr float kMargin = 0.01F;

  Network dnetwork;
  float* target[3];
  int picture_w;
  NetworkExtent extent;
  float scale;
  AffineMap map;
  // Network row of a picture pixel, and how far rows that touch it can be from there.
  float row_x, row_y, row_reach;
  // Network columns of one row for which |map.xx column + ... - px| < 1: (px - ...) * along_x +- reach_x;
  // along_y likewise.
  float along_x, reach_x, along_y, reach_y;

  LIMPID_HD WarpAdjointBody(const WarpAdjoint& op, int image)
      : dnetwork(op.dnetwork, op.grouped, image),
        picture_w(op.dpicture.w),
        extent(network_extent(op.dnetwork, op.grouped)),
        scale(op.scaling.scale * op.gradient_scale),
        map(op.maps[image]) {
    for (int c = 0; c < 3; ++c) target[c] = op.dpicture.plane(image, op.scaling.channel[c]);
    const float determinant = map.xx * map.yy - map.xy * map.yx;
    row_x = -map.yx / determinant;
    row_y = map.xx / determinant;
    row_reach = (fabsf(row_x) + fabsf(row_y)) * (1 + kMargin);
    reciprocal(map.xx, along_x, reach_x);
    reciprocal(map.yx, along_y, reach_y);
  }

  LIMPID_HD void operator()(int py, int px) const {
    const float fx = static_cast<float>(px), fy = static_cast<float>(py);
    const float row = row_x * (fx - map.x0) + row_y * (fy - map.y0);
    const int first_row = at_least(row - row_reach, extent.h), last_row = at_most(row + row_reach, extent.h);
    float sum[3] = {0, 0, 0};
    for (int y = first_row; y <= last_row; ++y) {
      const float row_f = static_cast<float>(y);
      const PicturePoint start = picture_point(map, row_f, 0.0F);
      const float centre_x = (fx - start.x) * along_x, centre_y = (fy - start.y) * along_y;
      const float low_x = centre_x - reach_x, low_y = centre_y - reach_y;
      const float high_x = centre_x + reach_x, high_y = centre_y + reach_y;
      const int last = at_most(high_x < high_y ? high_x : high_y, extent.w);
      for (int x = at_least(low_x > low_y ? low_x : low_y, extent.w); x <= last; ++x) {
        const PicturePoint point = picture_point(map, row_f, static_cast<float>(x));
        const float weight = bilinear_weight(point.y, fy) * bilinear_weight(point.x, fx);
        float value[3];
        dnetwork.load(y, x, value);
        LIMPID_UNROLL for (int c = 0; c < 3; ++c) sum[c] += weight * value[c];
      }
    }
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) target[c][py * picture_w + px] = scale * sum[c];
  }

  /// 1 / slope and the half length of the interval it makes; a slope of (nearly) nothing bounds no interval.
  LIMPID_HD static void reciprocal(float slope, float& along, float& reach) {
    const bool level = fabsf(slope) < 1e-6F;
    along = level ? 0.0F : 1.0F / slope;
    reach = level ? 1e9F : (1 + kMargin) * fabsf(along);
  }

  /// The first index of [0, count) that is >= x, or count.
  LIMPID_HD static int at_least(float x, int count) {
    const float limit = static_cast<float>(count);
    const float from = x > 0.0F ? x : 0.0F;
    return static_cast<int>(ceilf(from < limit ? from : limit));
  }

  /// The last index of [0, count) that is <= x, or -1.
  LIMPID_HD static int at_most(float x, int count) {
    const float limit = static_cast<float>(count - 1);
    const float to = x > -1.0F ? x : -1.0F;
    return static_cast<int>(floorf(to < limit ? to : limit));
  }
};

}  // namespace limpid
