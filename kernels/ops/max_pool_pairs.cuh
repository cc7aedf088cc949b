// The max-pool's forward pass in 16-bit types: MaxPoolFpropTile (max_pool_tile.body.h) with two channels in a register.
// It finds the maximum first and then which tap is equal to it. For sm_90, counted in its machine code: 1,137 instructions
// for 2,247 with tap and value side by side in fp32 (stride 2, two rows, fp16), 1,750 for 3,253 (stride 1, four rows);
// not timed on a card. Results are the same, except that of a zero and a negative zero either may be stored, and that a
// window of NaNs or of minus infinity alone, which no sound map has, may have another argmax: at a border one of padding.
#pragma once

#include "kernels/core/half_pairs.cuh"
#include "kernels/ops/max_pool_tile.body.h"
#include "kernels/ops/pool_argmax.h"

namespace limpid::cuda {

template <class T>
inline constexpr std::uint32_t kMinusInfinity = 0;
template <>
inline constexpr std::uint32_t kMinusInfinity<f16> = 0xfc00;
template <>
inline constexpr std::uint32_t kMinusInfinity<bf16> = 0xff80;

/// A map in memory, as it is pooled.
template <class T>
struct PairSource : MapSource<T> {
  __device__ HalfPairs pairs(int n, int g, int h, int w) const { return load_pairs(this->x.at(n, g, h, w)); }
};

/// `Rows` outputs below each other.
template <class Source, int Stride, int Rows, int Size = 3>
struct MaxPoolFpropPairs {
  using T = typename Source::Element;

  Source x;
  GroupView<T> y;
  GroupView<std::uint8_t> argmax;
  int before_h, before_w;

  /// Tiles that cover y along its height.
  static int tiles(int out_h) { return (out_h + Rows - 1) / Rows; }

  /// `writes`: for threads that take part, and no more.
  __device__ void operator()(int n, int g, int tile, int q, bool writes = true) const {
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
    HalfPairs value;
    HalfPairs tap;           ///< Its index; the first of equal ones.
    HalfPairs value_or_nan;  ///< NaN once a tap was.
  };

  template <bool Inside>
  __device__ void pool(int n, int g, int tile, int q, int h0, int w0, bool writes) const {
    Best row[kInputRows];
#pragma unroll
    for (int i = 0; i < kInputRows; ++i) {
      row[i] = search_row<Inside>(n, g, h0 + i, w0);
      const int first = i - (Size - 1);
      if (first < 0 || first % Stride != 0) continue;
      const int p = tile * Rows + first / Stride;
      if (p < y.h && writes) write(n, g, p, q, row + first);
    }
  }

  template <bool Inside>
  __device__ Best search_row(int n, int g, int h, int w0) const {
    HalfPairs taps[Size];
    const int row = Inside ? h : nearest_within(h, x.height());
#pragma unroll
    for (int j = 0; j < Size; ++j) {
      const int w = w0 + j;
      taps[j] = x.pairs(n, g, row, Inside ? w : nearest_within(w, x.width()));
      const bool inside = Inside || (h >= 0 && h < x.height() && w >= 0 && w < x.width());
      if (!inside) taps[j] = both_halves(kMinusInfinity<T>);
    }
    Best best{taps[0], both_halves(Size - 1), taps[0]};
#pragma unroll
    for (int j = 1; j < Size; ++j) {
      best.value = larger_number<T>(best.value, taps[j]);
      best.value_or_nan = larger_or_nan<T>(best.value_or_nan, taps[j]);
    }
#pragma unroll
    for (int j = Size - 2; j >= 0; --j) {
      best.tap =
          choose(equal_mask<T>(taps[j], best.value), both_halves(static_cast<std::uint32_t>(j)), best.tap);
    }
    return best;
  }

  /// Of a window's rows.
  __device__ void write(int n, int g, int p, int q, const Best* rows) const {
    Best best = rows[0];
#pragma unroll
    for (int i = 1; i < Size; ++i) {
      best.value = larger_number<T>(best.value, rows[i].value);
      best.value_or_nan = larger_or_nan<T>(best.value_or_nan, rows[i].value_or_nan);
    }
    best.tap = rows[Size - 1].tap + both_halves((Size - 1) * Size);
#pragma unroll
    for (int i = Size - 2; i >= 0; --i) {
      const HalfPairs tap = rows[i].tap + both_halves(static_cast<std::uint32_t>(i * Size));
      best.tap = choose(equal_mask<T>(rows[i].value, best.value), tap, best.tap);
    }
    const HalfPairs closed = at_most_mask<T>(best.value_or_nan, both_halves(0));
    store_pairs(y.at(n, g, p, q), best.value_or_nan);
    store_low_bytes(argmax.at(n, g, p, q),
                    best.tap + choose(closed, both_halves(kNotPositive), both_halves(0)));
  }
};

}  // namespace limpid::cuda
