// Arithmetic of nearest_turn and its adjoint, per pixel. Both round by the same function.
#pragma once

#include <cmath>

#include "kernels/ops/nearest_turn.h"
#include "kernels/ops/network_pixels.h"

namespace limpid {

struct PixelPlace {
  int y, x;
};

/// The pixel that the pixel (y, x) of the result takes; anywhere outside where there is none.
LIMPID_HD PixelPlace taken_pixel(const AffineMap& map, int y, int x) {
  const float fy = static_cast<float>(y), fx = static_cast<float>(x);
  return {static_cast<int>(roundf(fmaf(map.yx, fx, fmaf(map.yy, fy, map.y0)))),
          static_cast<int>(roundf(fmaf(map.xx, fx, fmaf(map.xy, fy, map.x0))))};
}

struct NearestTurnBody {
  Planar<const float> from;
  const Planar<float>& to;
  int image;
  AffineMap map;

  LIMPID_HD NearestTurnBody(const NearestTurn& op, int image)
      : from(op.from), to(op.to), image(image), map(op.maps[image]) {}

  LIMPID_HD void operator()(int y, int x) const {
    const PixelPlace p = taken_pixel(map, y, x);
    const bool inside = p.y >= 0 && p.y < from.h && p.x >= 0 && p.x < from.w;
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) {
      to.plane(image, c)[y * to.w + x] = inside ? from.plane(image, c)[p.y * from.w + p.x] : 0.0F;
    }
  }
};

struct NearestTurnAdjointBody {
  Planar<const float> dto;
  const Planar<float>& dfrom;
  int image;
  AffineMap map;

  LIMPID_HD NearestTurnAdjointBody(const NearestTurnAdjoint& op, int image)
      : dto(op.dto), dfrom(op.dfrom), image(image), map(op.maps[image]) {}

  LIMPID_HD void operator()(int py, int px) const {
    // The centre of the pixel, turned back, and how far from it the corner of a pixel may lie.
    constexpr float kReach = 0.7172F;
    const float from_x = static_cast<float>(px) - map.x0, from_y = static_cast<float>(py) - map.y0;
    const float at_x = fmaf(map.xx, from_x, map.yx * from_y), at_y = fmaf(map.xy, from_x, map.yy * from_y);
    float sum[3] = {0, 0, 0};
    const int last_y = last_index(at_y + kReach, dto.h), last_x = last_index(at_x + kReach, dto.w);
    for (int y = first_index(at_y - kReach, dto.h); y <= last_y; ++y) {
      for (int x = first_index(at_x - kReach, dto.w); x <= last_x; ++x) {
        const PixelPlace p = taken_pixel(map, y, x);
        if (p.y != py || p.x != px) continue;
        LIMPID_UNROLL for (int c = 0; c < 3; ++c) sum[c] += dto.plane(image, c)[y * dto.w + x];
      }
    }
    LIMPID_UNROLL for (int c = 0; c < 3; ++c) dfrom.plane(image, c)[py * dfrom.w + px] = sum[c];
  }
};

}  // namespace limpid
