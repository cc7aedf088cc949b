// Arithmetic of the max-pool, one channel group of one pixel at a time.
#pragma once

#include <cmath>

#include "kernels/core/group.h"
#include "kernels/ops/max_pool.h"
#include "kernels/ops/pool_argmax.body.h"

namespace limpid {

/// Which bits of an argmax are compared with a tap.
inline std::uint8_t compared_bits(const MaxPoolBprop& op) {
  return op.positive_only ? kTapBits | kNotPositive : kTapBits;
}

template <class T, int Stride, int Size = 3>
struct MaxPoolFpropBody {
  GroupView<const T> x;
  GroupView<T> y;
  GroupView<std::uint8_t> argmax;
  int before_h, before_w;

  LIMPID_HD void operator()(int n, int g, int p, int q) const {
    const int h0 = p * Stride - before_h;
    const int w0 = q * Stride - before_w;
    Taken taken{splat(-INFINITY), splat(0.0F), splat(0.0F)};
    if (h0 >= 0 && w0 >= 0 && h0 + Size <= x.h && w0 + Size <= x.w) {
      const T* corner = x.at(n, g, h0, w0);
      LIMPID_UNROLL for (int i = 0; i < Size; ++i) {
        LIMPID_UNROLL for (int j = 0; j < Size; ++j) {
          take(corner + i * x.stride_h + j * x.stride_w, i * Size + j, taken);
        }
      }
    } else {
      for (int i = 0; i < Size; ++i) {
        for (int j = 0; j < Size; ++j) {
          const int h = h0 + i;
          const int w = w0 + j;
          if (h < 0 || w < 0 || h >= x.h || w >= x.w) continue;
          take(x.at(n, g, h, w), i * Size + j, taken);
        }
      }
    }
    const Group value = poison(taken.best, taken.sum);
    store_group(y.at(n, g, p, q), value);
    store_bytes(argmax.at(n, g, p, q), marked_tap(taken.tap, value));
  }

 private:
  /// What is known of the window's taps so far.
  struct Taken {
    Group best;
    Group tap;  ///< Index of the best.
    Group sum;  ///< NaN once a tap was, which `best` cannot tell: an addition is cheaper than a comparison.
  };

  LIMPID_HD static void take(const T* source, int index, Taken& taken) {
    const Group value = load_group(source);
    taken.tap = select_greater(value, taken.best, splat(static_cast<float>(index)), taken.tap);
    taken.best = select_greater(value, taken.best, value, taken.best);
    taken.sum = taken.sum + value;
  }
};

template <class T, int Stride, int Size = 3>
struct MaxPoolBpropBody {
  GroupView<const T> dy;
  GroupView<T> dx;
  GroupView<const std::uint8_t> argmax;
  GroupView<const T> relu_output;
  int before_h, before_w;
  bool accumulate;
  std::uint8_t bits;

  LIMPID_HD void operator()(int n, int g, int h, int w) const {
    T* target = dx.at(n, g, h, w);
    Group sum = accumulate ? load_group(target) : splat(0.0F);
    // (h, w) is tap (i, j) of window (p, q) where p Stride + i = h + before_h, and likewise along w.
    const int bottom = h + before_h;
    const int right = w + before_w;
    LIMPID_UNROLL for (int i = bottom % Stride; i < Size; i += Stride) {
      const int p = (bottom - i) / Stride;
      if (bottom < i || p >= dy.h) continue;
      LIMPID_UNROLL for (int j = right % Stride; j < Size; j += Stride) {
        const int q = (right - j) / Stride;
        if (right < j || q >= dy.w) continue;
        const GroupBytes chosen = masked_bytes(load_bytes(argmax.at(n, g, p, q)), bits);
        sum = sum + select_byte(chosen, i * Size + j, load_group(dy.at(n, g, p, q)));
      }
    }
    if (relu_output.data != nullptr) sum = mask_positive(sum, load_group(relu_output.at(n, g, h, w)));
    store_group(target, sum);
  }
};

template <class T>
struct MaxPoolJvpBody {
  GroupView<const T> dx;
  GroupView<T> dy;
  GroupView<const std::uint8_t> argmax;
  Window window;

  LIMPID_HD void operator()(int n, int g, int p, int q) const {
    const GroupBytes chosen = masked_bytes(load_bytes(argmax.at(n, g, p, q)), kTapBits);
    Group sum = splat(0.0F);
    for (int i = 0; i < window.size; ++i) {
      const int h = p * window.stride - window.before_h + i;
      for (int j = 0; j < window.size; ++j) {
        const int w = q * window.stride - window.before_w + j;
        if (h < 0 || w < 0 || h >= dx.h || w >= dx.w) continue;
        sum = sum + select_byte(chosen, i * window.size + j, load_group(dx.at(n, g, h, w)));
      }
    }
    store_group(dy.at(n, g, p, q), sum);
  }
};

}  // namespace limpid
