// Arithmetic of LRN and max-pool in one, as neither the CPU, which has the pair, nor a GPU with its exchange between threads
// (lrn_pool.cu) would have it: a group at a time, with all that it takes of others computed again.
#pragma once

#include "kernels/ops/lrn.body.h"
#include "kernels/ops/lrn_pool.h"
#include "kernels/ops/max_pool_tile.body.h"

namespace limpid {

inline constexpr int kLrnPoolStride = 2;

/// As with_lrn_rules, for constants that `lrn_pool_supports` has.
template <class Visit>
void with_lrn_pool_rules(const LrnConstants& constants, const Visit& visit) {
  if (!lrn_pool_supports(constants)) return;
  if (constants.radius == 2) return visit(std::integral_constant<int, 2>{}, std::integral_constant<int, 3>{});
  if (constants.radius == 4) return visit(std::integral_constant<int, 4>{}, std::integral_constant<int, 2>{});
  visit(std::integral_constant<int, 5>{}, std::integral_constant<int, 2>{});
}

/// What LRN makes of a map, as it is pooled.
template <class T, int Radius, int Quarters>
struct LrnSource {
  using Element = T;
  static constexpr bool kTogether = false;

  GroupView<const T> x;
  LrnConstants constants;

  LIMPID_HD int height() const { return x.h; }
  LIMPID_HD int width() const { return x.w; }
  LIMPID_HD Group group(int n, int g, int h, int w) const {
    const GroupTriple squares{square_at(x, n, g - 1, h, w), square_at(x, n, g, h, w),
                              square_at(x, n, g + 1, h, w)};
    return load_group(x.at(n, g, h, w)) *
           lrn_powers<Quarters>(lrn_denominator<Radius>(constants, squares)).minus_beta;
  }
};

/// The backward pass, a tile of two by two pixels at a time.
template <class T>
struct LrnPoolBpropTile {
  static constexpr int kEdge = kLrnPoolStride;
  using Pool = MaxPoolBpropTile<T, kLrnPoolStride, kEdge, kEdge>;

  Pool pool;  ///< To the map between the two, of which there are extents alone.
  GroupView<const T> x;
  LrnConstants constants;
  bool rectified;

  explicit LrnPoolBpropTile(const LrnPoolBprop& op)
      : pool{op.dy.as<const T>(), op.dx.as<T>(),      op.argmax,     {},
             op.window.before_h,  op.window.before_w, op.accumulate, kTapBits},
        x(op.x.as<const T>()),
        constants(op.constants),
        rectified(op.rectified) {}

  /// What the pool passes to the pixels of a tile.
  struct Pooled {
    int h0, w0;  ///< Its first pixel, which may lie before the map.
    Group sum[kEdge][kEdge];
  };
  LIMPID_HD Pooled pooled(int n, int g, int tile_h, int tile_w) const {
    Pooled p{tile_h * kEdge - pool.before_h % kEdge, tile_w * kEdge - pool.before_w % kEdge, {}};
    LIMPID_UNROLL for (int r = 0; r < kEdge; ++r) {
      LIMPID_UNROLL for (int c = 0; c < kEdge; ++c) p.sum[r][c] = splat(0.0F);
    }
    pool.add_windows(n, g, p.h0, p.w0, p.sum);
    return p;
  }

  LIMPID_HD void write(int n, int g, int h, int w, Group gradient, Group own) const {
    if (pool.accumulate) gradient = gradient + load_group<T>(pool.dx.at(n, g, h, w));
    if (rectified) gradient = mask_positive(gradient, own);
    store_group(pool.dx.at(n, g, h, w), gradient);
  }
};

}  // namespace limpid
