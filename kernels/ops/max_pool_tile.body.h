// The max-pool for a GPU: a thread takes a tile of pixels of one channel group, so that what neighbouring
// windows share is loaded once. Results are those of max_pool.body.h, bit for bit. What is pooled is a map in memory or
// what a `Source` computes of one.
//
// No load depends on a branch: beyond the map's edge the nearest pixel is read and set aside, so that all
// loads of a tile are in flight together.
#pragma once

#include <cmath>

#include "kernels/core/group.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/pool_argmax.body.h"

namespace limpid {

/// i, moved into [0, count).
LIMPID_HD int nearest_within(int i, int count) {
  return i < 0 ? 0 : i < count ? i : count - 1;
}

/// A map in memory, as it is pooled.
template <class T>
struct MapSource {
  using Element = T;
  /// Whether the threads of a warp compute each value together, and so may not part.
  static constexpr bool kTogether = false;

  GroupView<const T> x;

  LIMPID_HD int height() const { return x.h; }
  LIMPID_HD int width() const { return x.w; }
  LIMPID_HD Group group(int n, int g, int h, int w) const { return load_group(x.at(n, g, h, w)); }
};

/// `Rows` outputs below each other. A window's rows are searched one by one and then compared, so
/// outputs share the rows they have in common.
template <class Source, int Stride, int Rows, int Size = 3>
struct MaxPoolFpropTile {
  using T = typename Source::Element;

  Source x;
  GroupView<T> y;
  GroupView<std::uint8_t> argmax;
  int before_h, before_w;

  /// Tiles that cover y along its height.
  static int tiles(int out_h) { return (out_h + Rows - 1) / Rows; }

  /// `writes`: for threads that take part, and no more.
  LIMPID_HD void operator()(int n, int g, int tile, int q, bool writes = true) const {
    const int h0 = tile * Rows * Stride - before_h;
    const int w0 = q * Stride - before_w;
    if (!Source::kTogether && h0 >= 0 && w0 >= 0 && h0 + kInputRows <= x.height() && w0 + Size <= x.width()) {
      pool<true>(n, g, tile, q, h0, w0, writes);
    } else {
      pool<false>(n, g, tile, q, h0, w0, writes);
    }
  }

 private:
  static constexpr int kInputRows = (Rows - 1) * Stride + Size;

  /// The largest of some taps.
  struct Best {
    Group value;
    Group tap;  ///< Its index; the first of equal ones.
    Group sum;  ///< Of all taps: NaN once one was, which `value` cannot tell.
  };

  template <bool Inside>
  LIMPID_HD void pool(int n, int g, int tile, int q, int h0, int w0, bool writes) const {
    Best row[kInputRows];
    LIMPID_UNROLL for (int i = 0; i < kInputRows; ++i) {
      row[i] = search_row<Inside>(n, g, h0 + i, w0);
      const int first = i - (Size - 1);
      if (first < 0 || first % Stride != 0) continue;
      const int p = tile * Rows + first / Stride;
      if (p >= y.h || !writes) continue;
      Best best = row[first];
      LIMPID_UNROLL for (int j = 1; j < Size; ++j) add_row(row[first + j], j * Size, best);
      const Group value = poison(best.value, best.sum);
      store_group(y.at(n, g, p, q), value);
      store_bytes(argmax.at(n, g, p, q), marked_tap(best.tap, value));
    }
  }

  template <bool Inside>
  LIMPID_HD Best search_row(int n, int g, int h, int w0) const {
    Best best{splat(-INFINITY), splat(0.0F), splat(0.0F)};
    const int row = Inside ? h : nearest_within(h, x.height());
    LIMPID_UNROLL for (int j = 0; j < Size; ++j) {
      const int w = w0 + j;
      const Group value = x.group(n, g, row, Inside ? w : nearest_within(w, x.width()));
      const bool inside = Inside || (h >= 0 && h < x.height() && w >= 0 && w < x.width());
      const Group candidate = inside ? value : splat(-INFINITY);
      best.tap = select_greater(candidate, best.value, splat(static_cast<float>(j)), best.tap);
      best.value = select_greater(candidate, best.value, candidate, best.value);
      best.sum = best.sum + (inside ? value : splat(0.0F));
    }
    return best;
  }

  LIMPID_HD static void add_row(const Best& row, int first_tap, Best& best) {
    best.tap =
        select_greater(row.value, best.value, row.tap + splat(static_cast<float>(first_tap)), best.tap);
    best.value = select_greater(row.value, best.value, row.value, best.value);
    best.sum = best.sum + row.sum;
  }
};

/// Rows x Columns pixels of dx. Windows are visited in the order in which a pixel meets them one by one: from
/// the last to the first, along both dimensions.
template <class T, int Stride, int Rows, int Columns, int Size = 3>
struct MaxPoolBpropTile {
  // So that all tiles lie alike under the windows.
  static_assert(Rows % Stride == 0 && Columns % Stride == 0);

  GroupView<const T> dy;
  GroupView<T> dx;
  GroupView<const std::uint8_t> argmax;
  GroupView<const T> relu_output;
  int before_h, before_w;
  bool accumulate;
  std::uint8_t bits;

  /// Tiles that cover dx along its height and width; the first begins where a window does.
  int tiles_h() const { return (dx.h + before_h % Stride + Rows - 1) / Rows; }
  int tiles_w() const { return (dx.w + before_w % Stride + Columns - 1) / Columns; }

  LIMPID_HD void operator()(int n, int g, int tile_h, int tile_w) const {
    const int h0 = tile_h * Rows - before_h % Stride;
    const int w0 = tile_w * Columns - before_w % Stride;
    Group sum[Rows][Columns];
    LIMPID_UNROLL for (int r = 0; r < Rows; ++r) {
      LIMPID_UNROLL for (int c = 0; c < Columns; ++c) {
        sum[r][c] = splat(0.0F);
        if (accumulate && holds(h0 + r, w0 + c)) sum[r][c] = load_group<T>(dx.at(n, g, h0 + r, w0 + c));
      }
    }
    add_windows(n, g, h0, w0, sum);
    LIMPID_UNROLL for (int r = 0; r < Rows; ++r) {
      LIMPID_UNROLL for (int c = 0; c < Columns; ++c) {
        if (holds(h0 + r, w0 + c)) write(n, g, h0 + r, w0 + c, sum[r][c]);
      }
    }
  }

  /// Adds what the windows pass to the tile of which (h0, w0) is the first pixel.
  LIMPID_HD void add_windows(int n, int g, int h0, int w0, Group (&sum)[Rows][Columns]) const {
    // The window that has the tile's first pixel as its first tap.
    const int p0 = (h0 + before_h) / Stride;
    const int q0 = (w0 + before_w) / Stride;
    LIMPID_UNROLL for (int a = (Rows - 1) / Stride; a >= -((Size - 1) / Stride); --a) {
      LIMPID_UNROLL for (int b = (Columns - 1) / Stride; b >= -((Size - 1) / Stride); --b) {
        const int p = p0 + a, q = q0 + b;
        const int row = nearest_within(p, dy.h), column = nearest_within(q, dy.w);
        const bool inside = row == p && column == q;
        const Group value = load_group(dy.at(n, g, row, column));
        const GroupBytes chosen = masked_bytes(load_bytes(argmax.at(n, g, row, column)), bits);
        const Group gradient = inside ? value : splat(0.0F);
        LIMPID_UNROLL for (int r = 0; r < Rows; ++r) {
          LIMPID_UNROLL for (int c = 0; c < Columns; ++c) {
            const int i = r - a * Stride, j = c - b * Stride;  // The pixel's tap in this window.
            if (i < 0 || i >= Size || j < 0 || j >= Size) continue;
            sum[r][c] = sum[r][c] + select_byte(chosen, i * Size + j, gradient);
          }
        }
      }
    }
  }

  LIMPID_HD bool holds(int h, int w) const { return h >= 0 && h < dx.h && w >= 0 && w < dx.w; }

 private:
  LIMPID_HD void write(int n, int g, int h, int w, Group sum) const {
    if (relu_output.data != nullptr) sum = mask_positive(sum, load_group(relu_output.at(n, g, h, w)));
    store_group(dx.at(n, g, h, w), sum);
  }
};

}  // namespace limpid
