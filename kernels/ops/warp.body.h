// Arithmetic of warp and its adjoint, per pixel.
//
// Both work out a network pixel's point of the picture and its four weights by the same functions, so the
// adjoint is that of the weights the forward pass really used, rounding included.
#pragma once

#include <cmath>

#include "kernels/ops/network_pixels.h"
#include "kernels/ops/warp.h"

namespace limpid {

struct PicturePoint {
  float x, y;
};

/// fmaf by name: both directions must round alike, whatever the compiler would contract.
LIMPID_HD PicturePoint picture_point(const AffineMap& map, float y, float x) {
  return {fmaf(map.xx, x, fmaf(map.xy, y, map.x0)), fmaf(map.yx, x, fmaf(map.yy, y, map.y0))};
}

/// `Network` is NetworkPlanes<float> or a NetworkGroup. `image` is the network's.
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
        fill(op.fill[image / op.draws]),
        scale(op.scaling.scale),
        map(op.maps[image]) {
    for (int c = 0; c < 3; ++c) {
      source[c] = op.picture.plane(image / op.draws, op.scaling.channel[c]);
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

/// The network pixels of one view that looked at a picture pixel. `Network` is NetworkPlanes<const float> or
/// a NetworkGroup of a const type; `image` is the network's.
template <class Network>
struct WarpGather {
  /// Intervals are widened by this much of a pixel, so that rounding in their ends never loses a network
  /// pixel: the weights decide. It covers fp32 coordinates up to 2^16.
  static constexpr float kMargin = 0.01F;

  Network dnetwork;
  NetworkExtent extent;
  AffineMap map;
  // Network row of a picture pixel, and how far rows that touch it can be from there.
  float row_x, row_y, row_reach;
  // Network columns of one row for which |map.xx column + ... - px| < 1: (px - ...) * along_x +- reach_x;
  // along_y likewise.
  float along_x, reach_x, along_y, reach_y;

  LIMPID_HD WarpGather(const WarpAdjoint& op, int image)
      : dnetwork(op.dnetwork, op.grouped, image),
        extent(network_extent(op.dnetwork, op.grouped)),
        map(op.maps[image]) {
    const float determinant = map.xx * map.yy - map.xy * map.yx;
    row_x = -map.yx / determinant;
    row_y = map.xx / determinant;
    row_reach = (fabsf(row_x) + fabsf(row_y)) * (1 + kMargin);
    reciprocal(map.xx, along_x, reach_x);
    reciprocal(map.yx, along_y, reach_y);
  }

  /// What they pass to pixel (py, px).
  LIMPID_HD ChannelSums sums(int py, int px) const {
    ChannelSums sum;
    const float fx = static_cast<float>(px), fy = static_cast<float>(py);
    const float row = row_x * (fx - map.x0) + row_y * (fy - map.y0);
    const int first_row = first_index(row - row_reach, extent.h);
    const int last_row = last_index(row + row_reach, extent.h);
    for (int y = first_row; y <= last_row; ++y) {
      const float row_f = static_cast<float>(y);
      const PicturePoint start = picture_point(map, row_f, 0.0F);
      const float centre_x = (fx - start.x) * along_x, centre_y = (fy - start.y) * along_y;
      const float low_x = centre_x - reach_x, low_y = centre_y - reach_y;
      const float high_x = centre_x + reach_x, high_y = centre_y + reach_y;
      const int last = last_index(high_x < high_y ? high_x : high_y, extent.w);
      for (int x = first_index(low_x > low_y ? low_x : low_y, extent.w); x <= last; ++x) {
        const PicturePoint point = picture_point(map, row_f, static_cast<float>(x));
        const float weight = bilinear_weight(point.y, fy) * bilinear_weight(point.x, fx);
        float value[3];
        dnetwork.load(y, x, value);
        LIMPID_UNROLL for (int c = 0; c < 3; ++c) sum.of[c] += weight * value[c];
      }
    }
    return sum;
  }

  /// 1 / slope and the half length of the interval it makes; a slope of (nearly) nothing bounds no interval.
  LIMPID_HD static void reciprocal(float slope, float& along, float& reach) {
    const bool level = fabsf(slope) < 1e-6F;
    along = level ? 0.0F : 1.0F / slope;
    reach = level ? 1e9F : (1 + kMargin) * fabsf(along);
  }
};

/// Planes of a picture's gradient, in the order of the network's channels.
struct GradientPlanes {
  float* plane[3];
  int w;

  LIMPID_HD GradientPlanes(const WarpAdjoint& op, int image) : w(op.dpicture.w) {
    for (int c = 0; c < 3; ++c) plane[c] = op.dpicture.plane(image, op.scaling.channel[c]);
  }

  LIMPID_HD void store(int y, int x, float scale, const ChannelSums& sum) const {
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) plane[c][y * w + x] = scale * sum.of[c];
  }
};

/// One view of each picture: all that is the same for its pixels is worked out once.
template <class Network>
struct WarpAdjointBody {
  WarpGather<Network> view;
  GradientPlanes target;
  float scale;

  LIMPID_HD WarpAdjointBody(const WarpAdjoint& op, int image)
      : view(op, image), target(op, image), scale(op.scaling.scale * op.gradient_scale) {}

  LIMPID_HD void operator()(int py, int px) const { target.store(py, px, scale, view.sums(py, px)); }
};

/// Several views of each picture, averaged.
template <class Network>
struct WarpAdjointOfDrawsBody {
  const WarpAdjoint& op;
  int image;
  GradientPlanes target;
  float scale;

  LIMPID_HD WarpAdjointOfDrawsBody(const WarpAdjoint& op, int image)
      : op(op),
        image(image),
        target(op, image),
        scale(op.scaling.scale * op.gradient_scale / static_cast<float>(op.draws)) {}

  LIMPID_HD void operator()(int py, int px) const {
    ChannelSums sum;
    for (int draw = 0; draw < op.draws; ++draw) {
      sum += WarpGather<Network>(op, image * op.draws + draw).sums(py, px);
    }
    target.store(py, px, scale, sum);
  }
};

}  // namespace limpid
