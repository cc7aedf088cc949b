// Arithmetic of view_warp and its adjoint, per pixel.
//
// As in warp.body.h, both directions work out points and weights by the same functions.
#pragma once

#include <cmath>

#include "kernels/core/philox.h"
#include "kernels/ops/mirrored_extent.h"
#include "kernels/ops/network_pixels.h"
#include "kernels/ops/view_warp.h"

namespace limpid {

struct ViewPoint {
  float x, y;
};

/// Past the horizon it is further away than any pixel.
LIMPID_HD ViewPoint view_point(const ProjectiveMap& map, float y, float x) {
  const float depth = fmaf(map.dx, x, fmaf(map.dy, y, map.d0));
  if (!(depth >= ProjectiveMap::kLeastDepth)) return {-1e30F, -1e30F};
  return {fmaf(map.xx, x, fmaf(map.xy, y, map.x0)) / depth, fmaf(map.yx, x, fmaf(map.yy, y, map.y0)) / depth};
}

/// `Network` is NetworkPlanes<float> or a NetworkGroup; `image` is the network's.
template <class Network>
struct ViewWarpBody {
  View view;
  const float* source[3];
  Network network;
  int network_w;
  int picture_w;
  MirroredExtent rows, columns;
  InputScaling scaling;

  LIMPID_HD ViewWarpBody(const ViewWarp& op, int image)
      : view(op.views[image]),
        network(op.network, op.grouped, image),
        network_w(network_extent(op.network, op.grouped).w),
        picture_w(op.picture.w),
        rows{op.picture.h, view.reflect},
        columns{op.picture.w, view.reflect},
        scaling(op.scaling) {
    for (int c = 0; c < 3; ++c) source[c] = op.picture.plane(image / op.draws, c);
  }

  LIMPID_HD void operator()(int y, int x) const {
    const ViewPoint point = view_point(view.map, static_cast<float>(y), static_cast<float>(x));
    float sample[3] = {view.fill, view.fill, view.fill};
    if (columns.reaches(point.x) && rows.reaches(point.y)) take(point, sample);
    float noise[3] = {0, 0, 0};
    if (view.noise > 0) draw_noise(y, x, noise);
    float seen[3];
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
      const float* row = view.colour + 3 * c;
      seen[c] = fmaf(row[0], sample[0], fmaf(row[1], sample[1], fmaf(row[2], sample[2], view.offset[c]))) +
                noise[c];
    }
    float value[3];
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
      const int from = scaling.channel[c];
      value[c] = fmaf(scaling.scale, from == 0 ? seen[0] : from == 1 ? seen[1] : seen[2], -scaling.mean[c]);
    }
    network.store(y, x, value);
  }

  LIMPID_HD void take(const ViewPoint& point, float* sample) const {
    const float left = floorf(point.x), top = floorf(point.y);
    const float weight_x[2] = {bilinear_weight(point.x, left), bilinear_weight(point.x, left + 1)};
    const float weight_y[2] = {bilinear_weight(point.y, top), bilinear_weight(point.y, top + 1)};
    const int ix = static_cast<int>(left), iy = static_cast<int>(top);
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) sample[c] = 0;
    LIMPID_UNROLL for (int dy = 0; dy < 2; ++dy) {
      const int row = rows.source(iy + dy);
      LIMPID_UNROLL for (int dx = 0; dx < 2; ++dx) {
        const int column = columns.source(ix + dx);
        const float weight = weight_y[dy] * weight_x[dx];
        const bool inside = row >= 0 && column >= 0;
        LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
          sample[c] = fmaf(weight, inside ? source[c][row * picture_w + column] : view.fill, sample[c]);
        }
      }
    }
  }

  LIMPID_HD void draw_noise(int y, int x, float* noise) const {
    const PhiloxBlock random = random_block(view.key, RandomPurpose::view_noise,
                                            static_cast<std::uint32_t>(y * network_w + x), view.draw);
    const NormalPair red_green = normal_pair(random.word[0], random.word[1]);
    noise[0] = view.noise * red_green.first;
    noise[1] = view.noise * red_green.second;
    noise[2] = view.noise * normal_pair(random.word[2], random.word[3]).first;
  }
};

/// The network columns of a row from which a linear function of them is positive, as a shrinking interval.
struct ColumnInterval {
  float low, high;

  /// Keeps the x with slope x + constant > 0. A slope of (nearly) nothing bounds no interval: weights decide.
  LIMPID_HD void require_positive(float slope, float constant) {
    if (fabsf(slope) < 1e-6F) return;
    const float root = -constant / slope;
    if (slope > 0) {
      low = low > root ? low : root;
    } else {
      high = high < root ? high : root;
    }
  }
};

/// The network pixels of one view that looked at a point of the plane in which the picture and its mirror
/// images lie.
template <class Network>
struct ViewGather {
  /// As in WarpGather; here the point's error counts, of fp32 coordinates up to 2^14 divided by a depth.
  static constexpr float kReach = 1.01F;
  /// Rounding of the inverse, in network rows.
  static constexpr float kSlack = 0.05F;

  const View& view;
  Network dnetwork;
  NetworkExtent extent;
  ProjectiveMap map;
  /// Of the inverse map, from a point (x, y, 1) of the picture: network row = row . point / depth . point.
  float row[3], depth[3];

  LIMPID_HD ViewGather(const ViewWarpAdjoint& op, int image)
      : view(op.views[image]),
        dnetwork(op.dnetwork, op.grouped, image),
        extent(network_extent(op.dnetwork, op.grouped)),
        map(view.map),
        row{map.y0 * map.dx - map.yx * map.d0, map.xx * map.d0 - map.x0 * map.dx,
            map.x0 * map.yx - map.xx * map.y0},
        depth{map.yx * map.dy - map.yy * map.dx, map.xy * map.dx - map.xx * map.dy,
              map.xx * map.yy - map.xy * map.yx} {
    const float determinant =
        map.dx * (map.xy * map.y0 - map.x0 * map.yy) + map.dy * row[2] + map.d0 * depth[2];
    for (float* terms : {row, depth}) {
      for (int i = 0; i < 3; ++i) terms[i] /= determinant;
    }
  }

  /// What they pass to the point (py, px).
  LIMPID_HD ChannelSums sums(int py, int px) const {
    ChannelSums sum;
    const float fx = static_cast<float>(px), fy = static_cast<float>(py);
    float first_row, last_row;
    rows_around(fy, fx, first_row, last_row);
    const int last_y = last_index(last_row, extent.h);
    for (int y = first_index(first_row, extent.h); y <= last_y; ++y) {
      const float at = static_cast<float>(y);
      ColumnInterval columns = {-1, static_cast<float>(extent.w)};
      bound(columns, map.xx, fmaf(map.xy, at, map.x0), fx, at);
      bound(columns, map.yx, fmaf(map.yy, at, map.y0), fy, at);
      const int last_x = last_index(columns.high, extent.w);
      for (int x = first_index(columns.low, extent.w); x <= last_x; ++x) {
        const ViewPoint point = view_point(map, at, static_cast<float>(x));
        const float weight = bilinear_weight(point.y, fy) * bilinear_weight(point.x, fx);
        float value[3];
        dnetwork.load(y, x, value);
        LIMPID_UNROLL for (int c = 0; c < 3; ++c) sum.of[c] = fmaf(weight, value[c], sum.of[c]);
      }
    }
    return sum;
  }

  /// |(slope x + constant) / depth - picture| < kReach in network row `y`, of a positive depth.
  LIMPID_HD void bound(ColumnInterval& columns, float slope, float constant, float picture, float y) const {
    const float deep = fmaf(map.dy, y, map.d0);
    const float least = picture - kReach, most = picture + kReach;
    columns.require_positive(slope - least * map.dx, constant - least * deep);
    columns.require_positive(most * map.dx - slope, most * deep - constant);
  }

  /// Rows between the images of the corners of the square about the point; all rows where a corner lies past
  /// the horizon, or so near to it that its image is worth nothing.
  LIMPID_HD void rows_around(float fy, float fx, float& first, float& last) const {
    first = static_cast<float>(extent.h);
    last = -1;
    for (int corner = 0; corner < 4; ++corner) {
      const float x = fx + ((corner & 1) != 0 ? kReach : -kReach);
      const float y = fy + ((corner & 2) != 0 ? kReach : -kReach);
      const float deep = depth[0] * x + depth[1] * y + depth[2];
      if (!(deep > 1e-3F)) {
        first = 0;
        last = static_cast<float>(extent.h);
        return;
      }
      const float at = (row[0] * x + row[1] * y + row[2]) / deep;
      first = first < at ? first : at;
      last = last > at ? last : at;
    }
    first -= kSlack;
    last += kSlack;
  }
};

/// `Network` is NetworkPlanes<const float> or a NetworkGroup of a const type; `image` is the picture's. What
/// is the same for all pixels is worked out once for the first view.
template <class Network>
struct ViewWarpAdjointBody {
  const ViewWarpAdjoint& op;
  int image;
  ViewGather<Network> first;

  LIMPID_HD ViewWarpAdjointBody(const ViewWarpAdjoint& op, int image)
      : op(op), image(image), first(op, image * op.draws) {}

  LIMPID_HD void operator()(int py, int px) const {
    const float scale = op.scaling.scale * op.gradient_scale / static_cast<float>(op.draws);
    float gradient[3] = {0, 0, 0};
    add_view(first, py, px, gradient);
    for (int draw = 1; draw < op.draws; ++draw) {
      add_view(ViewGather<Network>(op, image * op.draws + draw), py, px, gradient);
    }
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
      op.dpicture.plane(image, c)[py * op.dpicture.w + px] = scale * gradient[c];
    }
  }

  LIMPID_HD void add_view(const ViewGather<Network>& gather, int py, int px, float* gradient) const {
    const View& view = gather.view;
    const MirroredExtent rows = {op.dpicture.h, view.reflect}, columns = {op.dpicture.w, view.reflect};
    ChannelSums sum;
    for (int row = 0; row < 3; ++row) {
      int y = 0;
      if (!rows.image(py, row, y)) continue;
      for (int column = 0; column < 3; ++column) {
        int x = 0;
        if (columns.image(px, column, x)) sum += gather.sums(y, x);
      }
    }
    float seen[3] = {0, 0, 0};
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
      LIMPID_UNROLL for (int to = 0; to < 3; ++to) seen[to] += op.scaling.channel[c] == to ? sum.of[c] : 0.0F;
    }
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
      gradient[c] +=
          fmaf(view.colour[c], seen[0], fmaf(view.colour[3 + c], seen[1], view.colour[6 + c] * seen[2]));
    }
  }
};

}  // namespace limpid
